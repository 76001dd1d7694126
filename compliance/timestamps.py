"""Time-stamps of checkpoints by an authority (RFC 3161): its signed word that the checkpoint was there at a moment.

The request is small enough to be written by hand in DER (X.690). Of the answer only as much is read as tells whether
the stamp is of this checkpoint; who signed it is checked by OpenSSL, where the operator named the authority's roots.
"""

import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import which

import httpx
from django.conf import settings

from compliance.anchor_folder import Undelivered

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
OPENSSL_SECONDS = 30.0
NONCE = 8
TOKEN_MAX = 64 * 1024

_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
# OID 2.16.840.1.101.3.4.2.1 (SHA-256) with no parameters, and TRUE: send the certificates along.
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_CERTIFICATES = bytes.fromhex("0101ff")


class BadDer(ValueError):
    """Not DER, or not what the structure says."""


@dataclass(frozen=True, slots=True)
class Authority:
    """`ca_file` holds the roots (PEM) that its certificate has to lead to; without it that is not looked at."""

    url: str
    ca_file: str = ""

    @classmethod
    def configured(cls) -> "Authority":
        return cls(settings.ANCHOR_TSA_URL, settings.ANCHOR_TSA_CA_FILE)

    def stamp(self, note: bytes, client: httpx.Client) -> bytes:
        """The token (a CMS structure in DER) over the note. Raises Undelivered."""
        digest, nonce = sha256(note).digest(), secrets.token_bytes(NONCE)
        try:
            answer = client.post(self.url, content=request(digest, nonce), headers={"Content-Type": QUERY})
        except httpx.HTTPError as error:
            raise Undelivered(f"The time-stamp authority cannot be reached: {error!r}") from error
        if not answer.is_success or len(answer.content) > TOKEN_MAX:
            raise Undelivered(f"The time-stamp authority answered {answer.status_code}.")
        try:
            made = token(answer.content, digest, nonce)
        except BadDer as error:
            raise Undelivered(f"The time-stamp authority answered nonsense: {error}") from error
        if self.ca_file:
            _check(note, made, self.ca_file)
        return made


def request(digest: bytes, nonce: bytes) -> bytes:
    """TimeStampReq, version 1, over a SHA-256 digest."""
    imprint = _der(_SEQUENCE, _SHA256 + _der(_OCTETS, digest))
    return _der(_SEQUENCE, _der(_INTEGER, b"\1") + imprint + _der(_INTEGER, _number(nonce)) + _CERTIFICATES)


def token(answer: bytes, digest: bytes, nonce: bytes) -> bytes:
    """The token of a TimeStampResp, if it is granted and of this digest and nonce. Raises BadDer."""
    parts = list(_parts(_nth(answer, 0)))
    status = _nth(parts[0][1], 0) if parts else b""
    if status not in {b"\0", b"\1"}:
        raise BadDer(f"it refused, with status {int.from_bytes(status, 'big')}")
    if len(parts) < 2:
        raise BadDer("it granted a stamp and sent none")
    info = list(_parts(_info(parts[1][1])))
    imprint = list(_parts(info[2][1])) if len(info) > 4 else []
    if len(imprint) != 2 or imprint[1][1] != digest:
        raise BadDer("the stamp is of something else")
    if int.from_bytes(nonce, "big") not in {
        int.from_bytes(value, "big") for tag, value, _ in info[5:] if tag == _INTEGER
    }:
        raise BadDer("the stamp is of another request")
    return parts[1][2]


def _info(content: bytes) -> bytes:
    """The members of the TSTInfo inside a ContentInfo: SignedData, EncapsulatedContentInfo, OCTET STRING."""
    signed = _nth(_nth(content, 1), 0)
    octets = _nth(_nth(_nth(signed, 2), 1), 0)
    return _nth(octets, 0)


def _nth(content: bytes, n: int) -> bytes:
    parts = list(_parts(content))
    if n >= len(parts):
        raise BadDer("a member is missing")
    return parts[n][1]


def _parts(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, content and whole of each element."""
    at = 0
    while at < len(content):
        begin, tag = at, content[at]
        length, at = _length(content, at + 1)
        if at + length > len(content):
            raise BadDer("an element is cut off")
        yield tag, content[at : at + length], content[begin : at + length]
        at += length


def _length(content: bytes, at: int) -> tuple[int, int]:
    first = content[at] if at < len(content) else 0x80
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if not 1 <= count <= 4 or at + 1 + count > len(content):
        raise BadDer("a length is none")
    return int.from_bytes(content[at + 1 : at + 1 + count], "big"), at + 1 + count


def _number(value: bytes) -> bytes:
    """A positive INTEGER without needless zeroes, which DER forbids."""
    number = int.from_bytes(value, "big")
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _der(tag: int, content: bytes) -> bytes:
    """One element of less than 128 bytes."""
    return bytes([tag, len(content)]) + content


def _check(note: bytes, made: bytes, ca_file: str) -> None:
    """Has OpenSSL follow the signature to the roots. Raises Undelivered."""
    with tempfile.TemporaryDirectory() as folder:
        data, stamp = Path(folder) / "checkpoint", Path(folder) / "token"
        data.write_bytes(note)
        stamp.write_bytes(made)
        command = ["ts", "-verify", "-data", str(data), "-in", str(stamp), "-token_in", "-CAfile", ca_file]
        words = [which("openssl") or "openssl", *command]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=OPENSSL_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise Undelivered(f"OpenSSL cannot check the time-stamp: {error}") from error
    if done.returncode:
        raise Undelivered(f"The time-stamp leads to no root that is trusted: {done.stderr.strip()[-200:]}")
