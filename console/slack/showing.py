"""What a card or a modal shows of one action, read from the same facts as the web page."""

from dataclasses import dataclass

import orjson
from django.conf import settings

from approvals import facts, queries, rights
from approvals.answers import ActionView
from approvals.facts import Facts
from approvals.findings import Finding, found
from approvals.services import counting
from approvals.strict_json import canonical
from console.slack.wording import sentence, told

# Slack refuses a message of some 11,000 characters, so a card stays well below, whatever is on it.
ARGUMENTS_MAX = 20
VALUE_MAX = 700
WHOLE_MAX = 4000
EFFECT_MAX = 1500
TOO_LONG = "It is too long to be read here, so it is approved in the console."


@dataclass(frozen=True, slots=True)
class Shown:
    """`arguments` are (name, text), spelled, and empty where they are too many or too long to stand here whole.

    `barred` is why the action is not approved here, "" where it is; above the line it is not rejected here either.
    """

    view: ActionView
    facts: Facts
    effect: str
    arguments: tuple[tuple[str, str], ...]
    count: int
    is_whole: bool
    findings: tuple[Finding, ...]
    barred: str
    is_above_line: bool
    link: str

    @property
    def title(self) -> str:
        return self.effect or f"Calls {told(self.view.tool)}"


def find(workspace_id: str, action_id: str) -> ActionView:
    """The action with its envelope, and its votes as they count now. Raises NotFound."""
    return counting.counted(queries.find(workspace_id, action_id, envelope=True))


def shown(view: ActionView) -> Shown:
    """With one read of the history, for what is out of the ordinary."""
    drawn = facts.of(view)
    arguments, above = _arguments(view), queries.slack_refusal(view)
    is_whole = _fits(view, arguments)
    about = queries.subject(view)
    findings = found(about, queries.past(view, about), drawn.summary) if view.is_open else ()
    return Shown(
        view=view,
        facts=drawn,
        effect=sentence(view.effect_sentence),
        arguments=arguments if is_whole else (),
        count=len(arguments),
        is_whole=is_whole,
        findings=tuple(finding for finding in findings if finding.kind != "no_history"),
        barred=above.detail if above else "" if is_whole else TOO_LONG,
        is_above_line=above is not None,
        link=link(view),
    )


def barred(view: ActionView) -> str:
    """Why the action is not approved here, "" where it is; without reading the history."""
    above = queries.slack_refusal(view)
    if above:
        return above.detail
    return "" if _fits(view, _arguments(view)) else TOO_LONG


def _arguments(view: ActionView) -> tuple[tuple[str, str], ...]:
    """Lists and objects on one line: the line breaks of a layout would be spelled like an agent's own."""
    args = orjson.loads(view.args)
    return tuple((told(name), told(_text(value))) for name, value in args.items())


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def _fits(view: ActionView, arguments: tuple[tuple[str, str], ...]) -> bool:
    """Whether everything can stand on a card in full."""
    return (
        len(sentence(view.effect_sentence)) <= EFFECT_MAX
        and len(arguments) <= ARGUMENTS_MAX
        and all(len(name) + len(text) <= VALUE_MAX for name, text in arguments)
        and sum(len(name) + len(text) for name, text in arguments) <= WHOLE_MAX
    )


def link(view: ActionView) -> str:
    return f"{settings.BASE_URL}/w/{view.workspace_slug}/actions/{view.id}"


def queue_link(slug: str) -> str:
    return f"{settings.BASE_URL}/w/{slug}/queue"


def how_it_ended(view: ActionView) -> str:
    return rights.how_it_ended(view)
