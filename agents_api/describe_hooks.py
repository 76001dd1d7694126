"""What the endpoints of streams and webhooks take and answer, for the schema."""

from agents_api.describing import get, of, post

STREAMS = get("list_streams", "LogStreamsOut", "All of them.", "Where the log is sent, newest first")
STREAM = get("read_stream", "LogStreamOut", "The stream.", "How far a stream is behind the log", of("str", "stream_id"))
WEBHOOKS = get("list_webhooks", "WebhooksOut", "All of them.", "Webhooks, newest first, by an admin's token")
WEBHOOK = get("read_webhook", "WebhookOut", "The webhook.", "How a webhook stands", of("whk", "endpoint_id"))
WEBHOOK_TEST = post(
    "test_webhook",
    "PressIn",
    (200, "WebhookOut", "A message of the type webhook.tested is on its way."),
    "Send a test to a webhook",
    of=of("whk", "endpoint_id"),
)
