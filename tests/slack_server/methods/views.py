"""views.*: modals and App Homes."""

import secrets
from typing import Any

from tests.slack_server.kit import views as kit
from tests.slack_server.methods.registry import method
from tests.slack_server.wire import Call, Refused
from tests.slack_server.world import Install, Json, Trigger, View, World

MOST_PUSHED = 3


@method("views.open")
def open_view(world: World, call: Call, caller: Install) -> Json:
    trigger = _trigger(world, call, caller)
    view = stacked(world, caller, trigger.user_id, _content(world, call, caller, "modal"), None)
    trigger.used = True
    return {"view": shown(world, view)}


@method("views.push")
def push(world: World, call: Call, caller: Install) -> Json:
    trigger = _trigger(world, call, caller)
    below = world.modal_of(trigger.user_id)
    if below is None or below.id != trigger.view_id:
        raise Refused("not_found")
    view = stacked(world, caller, trigger.user_id, _content(world, call, caller, "modal"), below)
    trigger.used = True
    return {"view": shown(world, view)}


@method("views.update")
def update(world: World, call: Call, caller: Install) -> Json:
    if call.text("view_id") and call.text("external_id"):
        _invalid("Cannot provide both `view_id` and `external_id`")
    view = next((v for v in world.views.values() if v.team_id == caller.team_id and _is_meant(v, call)), None)
    if view is None or not view.is_open:
        raise Refused("not_found")
    content = _content(world, call, caller, "modal", but=view)
    if call.text("hash") and call.text("hash") != view.hash:
        raise Refused("hash_conflict")
    replace(world, view, content)
    return {"view": shown(world, view)}


@method("views.publish")
def publish(world: World, call: Call, caller: Install) -> Json:
    user_id = call.needed("user_id")
    person = world.people.get(user_id)
    if person is None or person.team_id != caller.team_id:
        raise Refused("user_not_found")
    content = _content(world, call, caller, "home")
    view = world.homes.get((caller.team_id, user_id))
    if view is None:
        view = View(world.new_id("V"), caller.team_id, user_id, content, "")
        world.homes[caller.team_id, user_id] = view
    elif call.text("hash") and call.text("hash") != view.hash:
        raise Refused("hash_conflict")
    replace(world, view, content)
    return {"view": shown(world, view)}


def stacked(world: World, caller: Install, user_id: str, content: Json, below: View | None) -> View:
    """A new modal, over another or instead of whatever this person had open. Raises Refused (push_limit_reached)."""
    if below is None:
        close_all(world, user_id)
    elif sum(view.root_id == below.root_id and view.is_open for view in world.views.values()) >= MOST_PUSHED:
        raise Refused("push_limit_reached")
    view = View(world.new_id("V"), caller.team_id, user_id, content, "")
    view.root_id = below.root_id if below else view.id
    view.previous_id = below.id if below else ""
    world.views[view.id] = view
    replace(world, view, content)
    return view


def replace(world: World, view: View, content: Json) -> None:
    for block in content["blocks"]:
        block.setdefault("block_id", world.new_id("b").lower()[-5:])
    view.content = content
    view.hash = f"{int(world.now())}.{secrets.token_hex(4)}"
    world.touch()


def close_all(world: World, user_id: str) -> None:
    for view in world.views.values():
        view.is_open = view.is_open and view.user_id != user_id
    world.touch()


def shown(world: World, view: View) -> Json:
    """A view as answers and payloads show it; `state` is added where somebody filled it in."""
    install = world.installs[view.team_id]
    told: Json = {
        "id": view.id,
        "team_id": view.team_id,
        "app_id": world.app.id,
        "bot_id": install.bot_id,
        "app_installed_team_id": view.team_id,
        "hash": view.hash,
        "state": {"values": {}},
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "root_view_id": view.root_id or view.id,
        "previous_view_id": view.previous_id or None,
        **view.content,
    }
    if told["type"] == "modal":
        told = {"submit": None, "close": None, **told}
    return told


def problems_of(view: Any, wanted: str = "modal") -> list[str]:
    return kit.check(view, wanted)


def _content(world: World, call: Call, caller: Install, wanted: str, but: View | None = None) -> Json:
    view = call.args.get("view")
    if view is None:
        _invalid("missing required field: view")
    found = kit.check(view, wanted)
    if found:
        _invalid(*found)
    if kit.too_large(view):
        raise Refused("view_too_large")
    content: Json = dict(view or {})
    name = content.get("external_id")
    taken = (v for v in world.views.values() if v.team_id == caller.team_id and v.is_open and v is not but)
    if name and any(v.content.get("external_id") == name for v in taken):
        raise Refused("duplicate_external_id")
    return content


def _trigger(world: World, call: Call, caller: Install) -> Trigger:
    trigger = world.triggers.get(call.needed("trigger_id"))
    if trigger is None or trigger.team_id != caller.team_id:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if world.now() > trigger.until:
        raise Refused("expired_trigger_id")
    return trigger


def _is_meant(view: View, call: Call) -> bool:
    if call.text("external_id"):
        return view.content.get("external_id") == call.text("external_id")
    return view.id == call.needed("view_id")


def _invalid(*messages: str) -> None:
    raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {each}" for each in messages]})
