"""Why nobody can approve yet, where the rule wants evidence opened."""

from collections.abc import Sequence

from approvals.services.opening import Piece


def why_closed(found: Sequence[Piece]) -> str:
    """Why nobody can approve yet; "" where everything was opened."""
    if any(piece.item.is_missing for piece in found):
        return "The rule wants evidence opened that the agent did not send. Ask for it, or reject."
    left = sum(piece.opened_at is None for piece in found)
    return f"Open the evidence first: {left} of {len(found)} {'is' if left == 1 else 'are'} left." if left else ""
