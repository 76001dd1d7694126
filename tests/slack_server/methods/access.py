"""auth.*, oauth.*, openid.* and apps.*: who calls, and how a token is got."""

import base64
import json

from tests.slack_server.methods.registry import method, open_method
from tests.slack_server.wire import Call, Refused
from tests.slack_server.world import TOKEN_SECONDS, Grant, Install, Json, World


@method("auth.test")
def test(world: World, call: Call, caller: Install) -> Json:
    team = world.teams[caller.team_id]
    told: Json = {
        "url": f"https://{team.domain}.slack.example/",
        "team": team.name,
        "user": world.people[caller.bot_user_id].name,
        "team_id": team.id,
        "user_id": caller.bot_user_id,
        "bot_id": caller.bot_id,
        "is_enterprise_install": False,
    }
    return told | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})


@method("auth.revoke")
def revoke(world: World, call: Call, caller: Install) -> Json:
    caller.revoked = True
    world.touch()
    return {"revoked": True}


@open_method("oauth.v2.access")
def oauth(world: World, call: Call) -> Json:
    """A code for a token, or a refresh token for the next pair; each works once."""
    _known_client(world, call)
    if call.text("grant_type", "authorization_code") == "refresh_token":
        return _refreshed(world, call)
    grant = _spend(world, call)
    install = world.install(world.teams[grant.team_id])
    return {**_installation(world, install), "authed_user": {"id": grant.user_id}}


@open_method("openid.connect.token")
def openid_token(world: World, call: Call) -> Json:
    _known_client(world, call)
    grant = _spend(world, call)
    token = "xoxp-" + world.new_id("openid")
    world.id_tokens[token] = grant
    claims = {
        "iss": "https://slack.com",
        "sub": grant.user_id,
        "aud": world.app.client_id,
        "iat": int(world.now()),
        "exp": int(world.now()) + 300,
        **({"nonce": grant.nonce} if grant.nonce else {}),
        **_claims(world, grant),
    }
    # Nobody is asked to trust its signature: the product asks userInfo with the token that came over TLS.
    id_token = ".".join([_part({"alg": "RS256", "typ": "JWT"}), _part(claims), "c2lnbmF0dXJl"])
    return {"access_token": token, "token_type": "Bearer", "id_token": id_token}


@open_method("openid.connect.userInfo")
def openid_user(world: World, call: Call) -> Json:
    if not call.token:
        raise Refused("not_authed")
    grant = world.id_tokens.get(call.token)
    if grant is None:
        raise Refused("invalid_auth")
    return {"sub": grant.user_id, **_claims(world, grant)}


@open_method("apps.connections.open")
def connect(world: World, call: Call) -> Json:
    if not call.token:
        raise Refused("not_authed")
    if call.token != world.app.app_token:
        raise Refused("not_allowed_token_type" if call.token.startswith("xox") else "invalid_auth")
    return {"url": world.link_address()}


def _known_client(world: World, call: Call) -> None:
    name, secret = call.client
    if name != world.app.client_id:
        raise Refused("invalid_client_id")
    if secret != world.app.client_secret:
        raise Refused("bad_client_secret")


def _spend(world: World, call: Call) -> Grant:
    grant = world.grants.get(call.text("code"))
    if grant is None:
        raise Refused("invalid_code")
    if grant.used:
        raise Refused("code_already_used")
    if call.text("redirect_uri") != grant.redirect_uri:
        raise Refused("bad_redirect_uri")
    grant.used = True
    return grant


def _refreshed(world: World, call: Call) -> Json:
    given = call.text("refresh_token")
    for install in world.installs.values():
        if given and install.refresh_token == given and not install.revoked:
            world.new_token(install)
            return _installation(world, install)
    raise Refused("invalid_refresh_token")


def _installation(world: World, install: Install) -> Json:
    team = world.teams[install.team_id]
    told: Json = {
        "access_token": install.bot_token,
        "token_type": "bot",
        "scope": ",".join(install.scopes),
        "bot_user_id": install.bot_user_id,
        "app_id": world.app.id,
        "team": {"id": team.id, "name": team.name},
        "enterprise": {"id": team.enterprise_id, "name": team.enterprise_id} if team.enterprise_id else None,
        "is_enterprise_install": False,
    }
    if install.refresh_token:
        told |= {"refresh_token": install.refresh_token, "expires_in": TOKEN_SECONDS}
    return told


def _claims(world: World, grant: Grant) -> Json:
    person = world.people[grant.user_id]
    return {
        "https://slack.com/user_id": person.id,
        "https://slack.com/team_id": person.team_id,
        "https://slack.com/team_name": world.teams[person.team_id].name,
        "https://slack.com/team_domain": world.teams[person.team_id].domain,
        "email": person.email,
        "email_verified": True,
        "name": person.real_name,
    }


def _part(tree: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(tree).encode()).rstrip(b"=").decode()
