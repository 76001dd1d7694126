"""The operator asks on the command line; people agree."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from compliance import queries
from tests.cast import Stage
from tests.compliance.conftest import agree


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("erasures", *arguments, "--workspace", "demo", stdout=out, no_color=True)
    return out.getvalue()


def test_it_is_asked_for_and_listed(stage: Stage) -> None:
    action_id = stage.review("ben", stage.submit(), "reject", reason_code="not_needed").id
    line = run("ask", "action", action_id, "--basis", "objection")
    assert run("list") == line
    (asked,) = queries.erasures(stage.id)
    assert (asked.requested_by, asked.state, line.split()[0]) == ("operator", "requested", asked.id)
    assert agree(stage, asked, by="dana").state == "agreed"


def test_what_is_not_there_is_said(stage: Stage) -> None:
    with pytest.raises(CommandError, match="There is no action act_x here"):
        run("ask", "action", "act_x", "--basis", "objection")
