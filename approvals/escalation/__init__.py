"""Who is told about an action that waits, and when. Values in, values out; `services` reads, writes and sends."""
