"""Checkpoints in a bucket with Object Lock (Amazon S3, and what speaks like it): what was put there stays for years,
whoever has the key. An object is never written twice: the bucket is told to refuse that (`If-None-Match: *`).

Requests are signed with AWS Signature Version 4, in headers:
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from django.conf import settings

from audit.anchors.witness import Diverged
from compliance.anchor_folder import Undelivered

_KEY = re.compile(r"<Key>([^<]*)</Key>")
_ID = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Bucket:
    """`url` is the bucket's address, with its name as the host's first part or as the path; `days` is how long an
    object is kept.
    """

    url: str
    region: str
    access_key: str
    secret_key: str
    days: int

    @classmethod
    def configured(cls) -> "Bucket":
        return cls(
            settings.ANCHOR_S3_URL.rstrip("/"),
            settings.ANCHOR_S3_REGION,
            settings.ANCHOR_S3_ACCESS_KEY,
            settings.ANCHOR_S3_SECRET_KEY,
            settings.ANCHOR_S3_DAYS,
        )

    def put(self, log_id: str, size: int, note: bytes, client: httpx.Client, *, at: datetime) -> None:
        """One object a size, locked in compliance mode. Raises Undelivered, and Diverged where the bucket holds another
        checkpoint of this size or one of a larger tree.
        """
        key = f"{_word(log_id)}/{size:012d}.checkpoint"
        beyond = self._keys(log_id, client, at, after=key)
        if beyond:
            raise Diverged(f"The bucket holds {beyond[0]}, which this log did not grow from.")
        until = at.astimezone(UTC) + timedelta(days=self.days)
        headers = {
            "content-type": "text/plain; charset=utf-8",
            # The checksum that older speakers of the protocol want with a lock; nothing rests on it.
            "content-md5": b64encode(md5(note, usedforsecurity=False).digest()).decode(),
            "if-none-match": "*",
            "x-amz-checksum-sha256": b64encode(sha256(note).digest()).decode(),
            "x-amz-object-lock-mode": "COMPLIANCE",
            "x-amz-object-lock-retain-until-date": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        }
        answer = self._ask("PUT", key, {}, headers, note, client, at)
        if answer.status_code == 412:
            if self._get(key, client, at) != note:
                raise Diverged(f"The bucket holds another checkpoint as {key}.")
        elif not answer.is_success:
            raise Undelivered(f"The bucket answered {answer.status_code}: {answer.text[:200].strip()}")

    def ends(self, log_id: str, client: httpx.Client, *, at: datetime) -> Iterator[tuple[str, bytes]]:
        """The oldest and the newest checkpoint of the log in the bucket, with their names. Raises Undelivered."""
        first, last = "", ""
        while found := self._keys(log_id, client, at, after=last or f"{_word(log_id)}/"):
            first, last = first or found[0], found[-1]
        for key in dict.fromkeys(filter(None, (first, last))):
            yield f"The object {key} in the bucket", self._get(key, client, at)

    def _keys(self, log_id: str, client: httpx.Client, at: datetime, *, after: str) -> list[str]:
        """Up to a thousand names behind `after`, in their order."""
        query = {"list-type": "2", "prefix": f"{_word(log_id)}/", "start-after": after}
        answer = self._ask("GET", "", query, {}, b"", client, at)
        if not answer.is_success:
            raise Undelivered(f"The bucket answered {answer.status_code}: {answer.text[:200].strip()}")
        return [key for key in _KEY.findall(answer.text) if key.endswith(".checkpoint")]

    def _get(self, key: str, client: httpx.Client, at: datetime) -> bytes:
        answer = self._ask("GET", key, {}, {}, b"", client, at)
        if not answer.is_success:
            raise Undelivered(f"The bucket answered {answer.status_code}: {answer.text[:200].strip()}")
        return answer.content

    def _ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
        client: httpx.Client,
        at: datetime,
    ) -> httpx.Response:
        parts = urlsplit(self.url)
        path = quote(f"{parts.path}/{key}", safe="/-._~")
        asked = "&".join(f"{quote(name, safe='-._~')}={quote(query[name], safe='-._~')}" for name in sorted(query))
        sent = {**headers, "host": parts.netloc}
        sent |= signed(method, path, asked, sent, body, self.region, (self.access_key, self.secret_key), at=at)
        url = f"{parts.scheme}://{parts.netloc}{path}{'?' if asked else ''}{asked}"
        try:
            return client.request(method, url, headers=sent, content=body)
        except httpx.HTTPError as error:
            raise Undelivered(f"The bucket cannot be reached: {error!r}") from error


def signed(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    region: str,
    key: tuple[str, str],
    *,
    at: datetime,
) -> dict[str, str]:
    """The headers that sign a request, over all of `headers` (names in lower case). Path and query are encoded and the
    query sorted; `key` is the access key and its secret.
    """
    moment = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    added = {"x-amz-content-sha256": sha256(body).hexdigest(), "x-amz-date": moment}
    every = {**headers, **added}
    names = ";".join(sorted(every))
    lines = "".join(f"{name}:{' '.join(every[name].split())}\n" for name in sorted(every))
    request = "\n".join([method, path, query, lines, names, added["x-amz-content-sha256"]])
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    made: Any = f"AWS4{key[1]}".encode()
    for part in (moment[:8], region, "s3", "aws4_request", text):
        made = hmac.new(made, part.encode(), sha256).digest()
    told = f"AWS4-HMAC-SHA256 Credential={key[0]}/{scope},SignedHeaders={names},Signature={made.hex()}"
    return {**added, "authorization": told}


def _word(log_id: str) -> str:
    if not _ID.fullmatch(log_id):
        raise ValueError(f"{log_id!r} is no id of a log.")
    return log_id
