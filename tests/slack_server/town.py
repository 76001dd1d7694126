"""The people of the cast in a Slack of their own, and those whom nobody must take for them."""

from dataclasses import dataclass

from tests.slack_server.world import Channel, Install, Person, Team, World


@dataclass(frozen=True, slots=True)
class Town:
    """`acme` has the app and the cast; `other` has the app and Cleo; `partner` has people in a shared channel.

    Gil is a guest of acme, Mallory calls herself Ada, Sam is of partner. #approvals and #payments are the cast's,
    #partners is shared with partner.
    """

    acme: Team
    other: Team
    partner: Team
    bot: Install
    other_bot: Install
    people: dict[str, Person]
    channels: dict[str, Channel]

    def __getitem__(self, name: str) -> Person:
        return self.people[name]


def build(world: World, *, enterprise_id: str | None = None) -> Town:
    """Raises nothing; call it on an empty world."""
    with world.lock:
        acme = world.add_team("Acme", enterprise_id=enterprise_id)
        other, partner = world.add_team("Other"), world.add_team("Partner")
        people = {
            name: world.add_person(acme, name, email=f"{name}@example.com")
            for name in ("ada", "ben", "vera", "dana", "eve")
        }
        people["gil"] = world.add_person(acme, "gil", is_restricted=True)
        people["mallory"] = world.add_person(acme, "mallory", display_name="Ada")
        people["sam"] = world.add_person(partner, "sam")
        people["cleo"] = world.add_person(other, "cleo", email="cleo@example.com")
        bot, other_bot = world.install(acme), world.install(other)
        cast = [person for name, person in people.items() if name not in {"sam", "cleo"}]
        channels = {name: world.add_channel(acme, name, *cast) for name in ("approvals", "payments")}
        channels["partners"] = world.add_channel(acme, "partners", *cast, people["sam"])
        channels["partners"].connected.add(partner.id)
        channels["elsewhere"] = world.add_channel(other, "elsewhere", people["cleo"])
        for channel in channels.values():
            world.invite_bot(channel)
    return Town(acme, other, partner, bot, other_bot, people, channels)
