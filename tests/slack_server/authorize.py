"""The two pages that ask somebody in a browser: may the app be installed, and is this you?"""

import secrets
from html import escape
from urllib.parse import urlencode

from tests.slack_server.world import Grant, Json, World

PATHS = {"/oauth/v2/authorize": "Install", "/openid/connect/authorize": "Sign in to"}
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/look.css"></head><body class="asking"><main><h1>{title}</h1>
<p>This is a stand-in for Slack. Who presses the button?</p>
<form method="post"><label>Person <select name="person">{people}</select></label>
<button class="primary">Allow</button></form></main></body></html>"""


def page(world: World, path: str, asked: Json) -> tuple[int, str]:
    """Status and HTML; 400 for an app or an address to return to that Slack would not know."""
    if asked.get("client_id") != world.app.client_id:
        return 400, _refused("invalid_client_id")
    if not asked.get("redirect_uri"):
        return 400, _refused("bad_redirect_uri")
    members = [person for person in world.people.values() if not person.is_bot and not person.deleted]
    options = "".join(
        f'<option value="{person.id}">{escape(person.real_name)} ({escape(world.teams[person.team_id].name)})</option>'
        for person in members
    )
    return 200, PAGE.format(title=f"{PATHS[path]} {escape(world.app.name)}", people=options)


def allowed(world: World, asked: Json, form: Json) -> str:
    """The address that the browser goes to next, with a code for one use."""
    person = world.people[form["person"]]
    code = f"{secrets.randbelow(10**10)}.{secrets.token_hex(20)}"
    world.grants[code] = Grant(person.team_id, person.id, asked["redirect_uri"], nonce=asked.get("nonce", ""))
    joined = "&" if "?" in asked["redirect_uri"] else "?"
    return f"{asked['redirect_uri']}{joined}{urlencode({'code': code, 'state': asked.get('state', '')})}"


def _refused(error: str) -> str:
    return f'<!doctype html><html lang="en"><title>Refused</title><p>Error: {error}</p></html>'
