"""Asks witnesses to cosign a checkpoint that grew out of the one they hold (c2sp.org/tlog-witness)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from audit.anchors.wire import BODY_MAX, AddCheckpoint, cosignatures, heading, size_of
from audit.merkle import BadProof
from audit.note import BadNote, Key, Signature

TIMEOUT = 5.0
# The witness may have moved on between its answer and ours; more than this is no race.
TRIES = 3

ProofTo = Callable[[int], Sequence[bytes]]
"""The consistency proof from a size to the checkpoint at hand."""


class Unanswered(Exception):
    """The witness could not be asked, or does not know the log. Nothing is known; ask again later."""


class Diverged(Exception):
    """The witness holds a checkpoint that ours did not grow from: the past of the log is not what it was."""


@dataclass(frozen=True, slots=True)
class Witness:
    """`url` is the submission prefix."""

    name: str
    key: Key
    url: str


def cosign(witness: Witness, note: bytes, held: int, proof_to: ProofTo, client: httpx.Client) -> Signature:
    """The witness's cosignature of the checkpoint, checked. `held` is the size that it cosigned last, as far as known.

    Raises Unanswered or Diverged.
    """
    parsed, head = heading(note)
    for _ in range(TRIES):
        answer = _ask(witness, AddCheckpoint(held, tuple(_proof(proof_to, held)), note), client)
        if answer.status_code == 200:
            return _checked(witness, answer.content, parsed.text)
        told = size_of(answer.text.removesuffix("\n")) if answer.status_code == 409 else None
        if told is None or told == held:
            break
        if told > head.size:
            raise Diverged(f"{witness.name} has cosigned {told} entries, and this log has only {head.size}.")
        held = told
    if answer.status_code in {409, 422}:
        raise Diverged(f"{witness.name} holds another tree of {held} entries than the one that {head.size} grew from.")
    raise Unanswered(f"{witness.name} answered {answer.status_code}: {answer.text[:200].strip()}")


def _proof(proof_to: ProofTo, held: int) -> Sequence[bytes]:
    try:
        return proof_to(held) if held else ()
    except BadProof as error:
        raise Diverged(str(error)) from error


def _ask(witness: Witness, request: AddCheckpoint, client: httpx.Client) -> httpx.Response:
    try:
        answer = client.post(f"{witness.url.rstrip('/')}/add-checkpoint", content=bytes(request), timeout=TIMEOUT)
    except httpx.HTTPError as error:
        raise Unanswered(f"{witness.name} cannot be reached: {error!r}") from error
    if len(answer.content) > BODY_MAX:
        raise Unanswered(f"{witness.name} answered {len(answer.content)} bytes.")
    return answer


def _checked(witness: Witness, lines: bytes, text: str) -> Signature:
    try:
        found = [each for each in cosignatures(lines) if each.is_of(witness.key)]
    except BadNote as error:
        raise Unanswered(f"{witness.name} answered nonsense: {error}") from error
    if not found or not witness.key.check(text, found[0].value):
        raise Unanswered(f"{witness.name} answered no cosignature that its key fits.")
    return found[0]
