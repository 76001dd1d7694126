"""What stands in a modal's inputs: what was there at first, and what somebody filled in."""

from tests.slack_server.world import Json, View

# Kind of element: the name of its value in the state, and of what stands there at first.
FIELDS = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


class NotThere(LookupError):
    """Nobody could press or fill in what does not stand there."""


def inputs(view: View) -> dict[str, Json]:
    """The elements of a view that hold something, by their block."""
    found = {}
    for block in view.content["blocks"]:
        for element in (block.get("element"), block.get("accessory"), *block.get("elements", [])):
            if isinstance(element, dict) and element.get("type") in FIELDS:
                found[block["block_id"]] = element
    return found


def state(view: View, given: dict[str, object]) -> Json:
    """`given` maps a block to its value: a text, the value of an option, or a list of such values.

    Raises NotThere for a block or an option that the view does not have.
    """
    fields = inputs(view)
    unknown = given.keys() - fields.keys()
    if unknown:
        raise NotThere(f"No input {sorted(unknown)}; there are {sorted(fields)}.")
    values: Json = {}
    for block_id, element in fields.items():
        name, initial = FIELDS[element["type"]]
        held = _chosen(element, given[block_id]) if block_id in given else element.get(initial)
        empty: object = [] if name == "selected_options" else None
        values[block_id] = {element["action_id"]: {"type": element["type"], name: empty if held is None else held}}
    return {"values": values}


def missing(view: View, filled: Json) -> list[str]:
    """Blocks that Slack's own form would not let somebody leave empty."""
    needed = [block["block_id"] for block in view.content["blocks"] if _is_needed(block)]
    held = {block_id: next(iter(value.values())) for block_id, value in filled["values"].items()}
    return [name for name in needed if name in held and not held[name][FIELDS[held[name]["type"]][0]]]


def action_of(block: Json, element: Json, given: object = None) -> Json:
    """The entry in `actions` of a payload for one press."""
    told = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        return {**told, **{name: element[name] for name in ("text", "value", "style") if name in element}}
    if element["type"] == "overflow":
        return {**told, "selected_option": _option(element, given)}
    return {**told, FIELDS[element["type"]][0]: _chosen(element, given)}


def _is_needed(block: Json) -> bool:
    return bool(block["type"] == "input" and not block.get("optional"))


def _chosen(element: Json, given: object) -> object:
    name = FIELDS[element["type"]][0]
    if name == "selected_option":
        return None if given is None else _option(element, given)
    if name == "selected_options":
        return [_option(element, each) for each in given] if isinstance(given, list | tuple | set) else []
    return given if given is None or isinstance(given, int) else str(given)


def _option(element: Json, value: object) -> Json:
    groups = element.get("option_groups", [])
    offered: list[Json] = [*element.get("options", []), *(o for group in groups for o in group["options"])]
    for option in offered:
        if option["value"] == value:
            return option
    raise NotThere(f"No option {value!r}; there are {[option['value'] for option in offered]}.")
