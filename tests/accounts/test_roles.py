"""The table of who may do what, cell by cell, and what a role that is none may do."""

import pytest

from accounts.roles import Role, Verb, may

ROLES = (Role.ADMIN, Role.LEAD, Role.REVIEWER, Role.AUDITOR, Role.VIEWER)
# Columns as in ROLES; y may, - may not.
TABLE = {
    Verb.SEE: "yyyyy",
    Verb.REVIEW: "yyy--",
    Verb.ROUTE: "yyy--",
    Verb.STOP: "yyy--",
    Verb.RELEASE: "yy---",
    Verb.DRAFT_POLICY: "yy---",
    Verb.ACTIVATE_POLICY: "yy---",
    Verb.WORK_INCIDENT: "yyy--",
    Verb.CLOSE_INCIDENT: "yy---",
    Verb.ADMINISTER: "y----",
    Verb.RESET_PASSKEYS: "yy---",
    Verb.LABEL: "yyy--",
    Verb.MAKE_DATASET: "yy---",
    Verb.READ_DATASET: "yyyy-",
    Verb.SEE_EVIDENCE: "y--y-",
    Verb.OVERSEE: "yy---",
    Verb.ERASE: "y--y-",
}
CELLS = [(verb, role, cell == "y") for verb, row in TABLE.items() for role, cell in zip(ROLES, row, strict=True)]


def test_the_table_has_every_verb_and_every_role() -> None:
    assert (set(TABLE), set(ROLES)) == (set(Verb), set(Role))


@pytest.mark.parametrize(("verb", "role", "allowed"), CELLS)
def test_a_role_may_exactly_what_its_cell_says(verb: Verb, role: Role, allowed: bool) -> None:
    assert may(role.value, verb) is allowed


@pytest.mark.parametrize("verb", list(Verb))
def test_without_a_role_nothing_is_allowed(verb: Verb) -> None:
    assert may(None, verb) is False


def test_an_unknown_role_is_a_mistake_and_not_a_right() -> None:
    with pytest.raises(ValueError, match="owner"):
        may("owner", Verb.SEE)
