"""What the SDK's tests stand on: a small server that speaks the API over real sockets, and flows for a real one."""
