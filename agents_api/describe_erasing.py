"""What the endpoints of erasures and holds take and answer, for the schema."""

from agents_api.describing import after, get, of, post

_ERASURE = (200, "ErasureOut", "The erasure as it is now.")
_HOLD = (200, "HoldOut", "The hold as it is now.")


ERASURES = get(
    "list_erasures",
    "ErasuresOut",
    "One page.",
    "Erasures, newest first, by the token of an admin or auditor",
    after("ers"),
)
ERASURE = get("read_erasure", "ErasureOut", "The erasure.", "Where an erasure stands", of("ers", "erasure_id"))
REQUEST = post(
    "request_erasure",
    "ErasureIn",
    (201, "ErasureOut", "It waits for a second person."),
    "Ask for an erasure",
    of_one=False,
)
AGREE = post(
    "agree_to_erasure", "PressIn", _ERASURE, "Agree to an erasure as the second person", of=of("ers", "erasure_id")
)
DECLINE = post("decline_erasure", "PressIn", _ERASURE, "Decline an erasure", of=of("ers", "erasure_id"))
HOLDS = get(
    "list_holds",
    "HoldsOut",
    "One page.",
    "Legal holds, newest first",
    after("hld"),
)
PLACE = post("place_hold", "HoldIn", (201, "HoldOut", "It is on."), "Place a legal hold", of_one=False)
ASK_TO_LIFT = post("ask_to_lift_hold", "PressIn", _HOLD, "Ask to lift a hold", of=of("hld", "hold_id"))
LIFT = post("lift_hold", "PressIn", _HOLD, "Lift a hold as the second person", of=of("hld", "hold_id"))
