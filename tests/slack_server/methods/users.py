"""users.*: who somebody is."""

from tests.slack_server.methods.registry import method
from tests.slack_server.wire import Call, Refused
from tests.slack_server.world import Install, Json, Person, World


@method("users.info", "users:read")
def info(world: World, call: Call, caller: Install) -> Json:
    person = world.people.get(call.needed("user", "user_not_found"))
    if person is None or not _met(world, person, caller):
        raise Refused("user_not_found")
    return {"user": shown(world, person, caller)}


@method("users.lookupByEmail", "users:read.email")
def by_email(world: World, call: Call, caller: Install) -> Json:
    email = call.needed("email").lower()
    for person in world.people.values():
        same = person.email.lower() == email and person.team_id == caller.team_id
        if same and not person.is_bot and not person.deleted:
            return {"user": shown(world, person, caller)}
    raise Refused("users_not_found")


def shown(world: World, person: Person, caller: Install) -> Json:
    team = world.teams[person.team_id]
    told: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "real_name": person.real_name,
        "tz": "Europe/Berlin",
        "profile": {
            "real_name": person.real_name,
            "display_name": person.display_name,
            "email": person.email,
            "team": person.team_id,
        },
        "is_bot": person.is_bot,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_app_user": False,
    }
    if person.team_id != caller.team_id:
        told["is_stranger"] = True
        told["profile"].pop("email")
    if team.enterprise_id:
        told["enterprise_user"] = {"id": person.id, "enterprise_id": team.enterprise_id, "teams": [team.id]}
    return told


def _met(world: World, person: Person, caller: Install) -> bool:
    """Of the team, or in a channel that is shared with it."""
    if person.team_id == caller.team_id:
        return True
    shared = (c for c in world.channels.values() if caller.team_id in {c.team_id, *c.connected})
    return any(person.id in channel.members for channel in shared)
