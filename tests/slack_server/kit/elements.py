"""The elements inside of blocks: buttons, menus, inputs."""

from collections.abc import Callable
from typing import Any

from tests.slack_server.kit.problems import Problems
from tests.slack_server.world import Json

Check = Callable[[Problems, Json, str], None]
EVERY = {"type", "action_id", "confirm", "focus_on_load"}
NUMBERS = {"is_decimal_allowed", "initial_value", "min_value", "max_value", "dispatch_action_config", "placeholder"}


def button(problems: Problems, node: Json, at: str) -> None:
    problems.known(node, {*EVERY, "text", "url", "value", "style", "accessibility_label"} - {"focus_on_load"}, at)
    problems.needs(node, at, "text")
    problems.text(node, "text", 75, at, plain=True)
    problems.length(node, "value", 2000, at, least=1)
    problems.length(node, "url", 3000, at, least=1)
    problems.length(node, "accessibility_label", 75, at)
    problems.one_of(node, "style", {"primary", "danger"}, at)


def plain_text_input(problems: Problems, node: Json, at: str) -> None:
    own = {"initial_value", "multiline", "min_length", "max_length", "dispatch_action_config", "placeholder"}
    problems.known(node, (EVERY | own) - {"confirm"}, at)
    problems.length(node, "initial_value", 3000, at)
    least, most = node.get("min_length", 0), node.get("max_length", 3000)
    if not isinstance(least, int) or not 0 <= least <= 3000:
        problems.add("must be between 0 and 3000", f"{at}/min_length")
    if not isinstance(most, int) or not 1 <= most <= 3000:
        problems.add("must be between 1 and 3000", f"{at}/max_length")
    elif isinstance(node.get("initial_value"), str) and len(node["initial_value"]) > most:
        problems.add(f"must be less than {most + 1} characters", f"{at}/initial_value")
    problems.text(node, "placeholder", 150, at, plain=True)


def number_input(problems: Problems, node: Json, at: str) -> None:
    problems.known(node, (EVERY | NUMBERS) - {"confirm"}, at)
    if problems.needs(node, at, "is_decimal_allowed") and not isinstance(node["is_decimal_allowed"], bool):
        problems.add("must be a boolean", f"{at}/is_decimal_allowed")
    for name in ("initial_value", "min_value", "max_value"):
        if name in node and not (isinstance(node[name], str) and _is_number(node[name])):
            problems.add("must be a string that holds a number", f"{at}/{name}")
    problems.text(node, "placeholder", 150, at, plain=True)


def one_line_input(problems: Problems, node: Json, at: str) -> None:
    problems.known(node, (EVERY | {"initial_value", "dispatch_action_config", "placeholder"}) - {"confirm"}, at)
    problems.length(node, "initial_value", 3000, at)
    problems.text(node, "placeholder", 150, at, plain=True)


def static_select(problems: Problems, node: Json, at: str) -> None:
    several = node["type"].startswith("multi_")
    own = {
        "options",
        "option_groups",
        "placeholder",
        *(("initial_options", "max_selected_items") if several else ("initial_option",)),
    }
    problems.known(node, EVERY | own, at)
    if ("options" in node) == ("option_groups" in node):
        problems.add("exactly one of options and option_groups must be given", at)
    problems.options(node, at, most=100, plain=True)
    for n, group in enumerate(problems.items(node, "option_groups", 100, at, 1)):
        where = f"{at}/option_groups/{n}"
        if problems.node(group, where) and problems.needs(group, where, "label", "options"):
            problems.text(group, "label", 75, where, plain=True)
            problems.options(group, where, most=100, plain=True)
    problems.text(node, "placeholder", 150, at, plain=True)
    _initial(problems, node, at)


def external_select(problems: Problems, node: Json, at: str) -> None:
    problems.known(node, EVERY | {"initial_option", "min_query_length", "placeholder"}, at)
    problems.text(node, "placeholder", 150, at, plain=True)


def people_select(problems: Problems, node: Json, at: str) -> None:
    """Menus whose options Slack itself knows: people, channels, conversations."""
    what = node["type"].removeprefix("multi_").removesuffix("s_select")
    several = {f"initial_{what}s", "max_selected_items"}
    one = {f"initial_{what}", "response_url_enabled"}
    more = {"filter", "default_to_current_conversation"} if what == "conversation" else set()
    own = several if node["type"].startswith("multi_") else one
    problems.known(node, EVERY | {"placeholder"} | own | more, at)
    problems.text(node, "placeholder", 150, at, plain=True)


def choices(problems: Problems, node: Json, at: str) -> None:
    """Checkboxes and radio buttons."""
    initial = "initial_options" if node["type"] == "checkboxes" else "initial_option"
    problems.known(node, EVERY | {"options", initial}, at)
    if problems.needs(node, at, "options"):
        problems.options(node, at, most=10, plain=False)
    _initial(problems, node, at)


def overflow(problems: Problems, node: Json, at: str) -> None:
    problems.known(node, (EVERY | {"options"}) - {"focus_on_load"}, at)
    if problems.needs(node, at, "options"):
        problems.options(node, at, most=5, plain=True)


def moment(problems: Problems, node: Json, at: str) -> None:
    """Pickers of dates and times."""
    initial = {"datepicker": "initial_date", "timepicker": "initial_time", "datetimepicker": "initial_date_time"}
    problems.known(node, EVERY | {initial[node["type"]], "placeholder", "timezone"}, at)
    problems.text(node, "placeholder", 150, at, plain=True)


def image(problems: Problems, node: Json, at: str) -> None:
    problems.known(node, {"type", "image_url", "alt_text", "slack_file"}, at)
    problems.needs(node, at, "alt_text", *(() if "slack_file" in node else ("image_url",)))
    problems.length(node, "image_url", 3000, at, least=1)
    problems.length(node, "alt_text", 2000, at, least=1)


ELEMENTS: dict[str, Check] = {
    "button": button,
    "plain_text_input": plain_text_input,
    "number_input": number_input,
    "email_text_input": one_line_input,
    "url_text_input": one_line_input,
    "static_select": static_select,
    "multi_static_select": static_select,
    "external_select": external_select,
    "users_select": people_select,
    "multi_users_select": people_select,
    "channels_select": people_select,
    "multi_channels_select": people_select,
    "conversations_select": people_select,
    "multi_conversations_select": people_select,
    "checkboxes": choices,
    "radio_buttons": choices,
    "overflow": overflow,
    "datepicker": moment,
    "timepicker": moment,
    "datetimepicker": moment,
    "image": image,
}
MENUS = {name for name in ELEMENTS if name.endswith("_select")}
PICKERS = {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
IN_ACTIONS = {"button", "overflow", "datetimepicker", *MENUS, *PICKERS}
IN_SECTION = {"button", "overflow", "image", *MENUS, *PICKERS}
IN_INPUT = {"plain_text_input", "datetimepicker", *MENUS, *PICKERS}
IN_INPUT_OF_MODAL = {*IN_INPUT, "number_input", "email_text_input", "url_text_input"}


def check(problems: Problems, value: Any, at: str, allowed: set[str]) -> str:
    """Checks one element; the action id that it carries, or ""."""
    if not problems.node(value, at) or not problems.needs(value, at, "type"):
        return ""
    kind = value["type"]
    if kind not in allowed:
        problems.add(f"unsupported type: {kind}", f"{at}/type")
        return ""
    ELEMENTS[kind](problems, value, at)
    problems.length(value, "action_id", 255, at, least=1)
    problems.confirm(value, at)
    found = value.get("action_id", "")
    return found if isinstance(found, str) else ""


def _initial(problems: Problems, node: Json, at: str) -> None:
    """What is chosen at first is one of the options, exactly as it stands there."""
    groups = node.get("option_groups", [])
    offered = [*node.get("options", []), *(option for group in groups for option in group.get("options", []))]
    chosen = node.get("initial_options", [node["initial_option"]] if "initial_option" in node else [])
    for option in chosen:
        if option not in offered:
            problems.add("initial_option must match one of the options", at)
    if "initial_options" in node and not node["initial_options"]:
        problems.add("no less than 1 items allowed", f"{at}/initial_options")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
