"""A webhook is taken for ours only with the signature of our secret, fresh, and byte for byte as it was sent."""

import pytest

from countersign import BadSignature
from countersign.webhooks import verified

# The example of the Standard Webhooks libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SENT = 1614265330
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": str(SENT),
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_published_example_is_verified() -> None:
    assert verified(HEADERS, BODY, SECRET, now=SENT + 299) == {"test": 2432232314}


def test_one_right_signature_among_several_is_enough() -> None:
    many = {**HEADERS, "Webhook-Signature": f"v1a,xx v1,AAAA {HEADERS['Webhook-Signature']}"}
    assert verified(many, BODY, SECRET, now=SENT) == {"test": 2432232314}


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (HEADERS, b'{"test":2432232314}', SENT),
        (HEADERS, BODY, SENT + 301),
        (HEADERS, BODY, SENT - 301),
        ({**HEADERS, "Webhook-Id": "msg_other"}, BODY, SENT),
        ({**HEADERS, "Webhook-Timestamp": str(SENT + 1)}, BODY, SENT),
        ({**HEADERS, "Webhook-Timestamp": "yesterday"}, BODY, SENT),
        ({**HEADERS, "Webhook-Signature": "v1,"}, BODY, SENT),
        ({**HEADERS, "Webhook-Signature": HEADERS["Webhook-Signature"].replace("v1,", "v1a,")}, BODY, SENT),
        ({"Webhook-Id": "msg_1"}, BODY, SENT),
    ],
)
def test_whatever_differs_is_refused(headers: dict[str, str], body: bytes, now: float) -> None:
    with pytest.raises(BadSignature):
        verified(headers, body, SECRET, now=now)


def test_another_secret_does_not_verify() -> None:
    with pytest.raises(BadSignature):
        verified(HEADERS, BODY, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", now=SENT)
