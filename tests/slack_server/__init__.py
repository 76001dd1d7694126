"""A Slack for tests and for the demo: the Web API over HTTP, Socket Mode, and the people who press the buttons.

It answers, refuses, signs and retries as Slack does, so that the product's client and the product's endpoint meet what
they will meet outside. It knows nothing of the product: what it calls and what calls it goes over the wire.

`server.SlackServer` starts it, `world` is what it holds, `hands` are its people's hands, `look/` is the page on which
a newcomer is these people.
"""
