"""Every button in every order: whatever the cast presses, an action ends at most once and its facts tell how.

The long lane runs twenty times as many stories, and others at each run; `SOAK=2000` runs so many.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from msgspec.structs import replace

from approvals import policies, services
from approvals.answers import ActionView
from approvals.errors import ApprovalError
from approvals.services.counting import counted
from audit.actor import OPERATOR
from tests.approvals import invariants, presses
from tests.cast import POLICY, Stage, use_policy
from tests.soaking import SOAK, examples

RUNS = settings(
    max_examples=SOAK if SOAK > 1 else examples(25),
    stateful_step_count=40 if SOAK else 20,
    derandomize=not SOAK,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
CAST = st.sampled_from(["ada", "ben", "vera", "dana", "eve"])
# Allowed, asked, asked with four eyes. No time stamp looks like them, so a leak is a leak.
AMOUNTS = st.sampled_from([41.379125, 80.75, 91.75, 800.75])
UNSPEAKABLE = ("Ada", "Ben", "Eve", "Cap it", "Whatever for", "cus_zanzibar", "41.379125", "80.75", "91.75", "800.75")
# Everything is pressed some minutes ago, so that an undo window is over whenever the clock is looked at.
AGO = timedelta(minutes=10)
WINDOW = POLICY.replace("name: cast", "name: window").replace("undo: {medium: 0s", "undo: {medium: 5s")
WINDOW = WINDOW.replace("dwell: {medium: 0s", "dwell: {medium: 1s")
STRICTER = POLICY.replace("name: cast", "name: strict").replace(
    "rules:\n", 'rules:\n  - {id: stop-refunds, tools: ["billing.*"], effect: deny}\n'
)


class Story(RuleBasedStateMachine):
    """One workspace, any number of actions; everything is undone when the story ends."""

    actions: Bundle[str] = Bundle("actions")

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.ticks = 0
        self.asked: list[str] = []
        self.ends: dict[str, ActionView] = {}
        self.ran: dict[str, bytes] = {}
        self.strict = False
        self.here = {"ada", "ben", "vera", "dana", "eve"}
        policies.forget_all()
        self.undoing = transaction.atomic()
        self.undoing.__enter__()
        self.stricter = services.save_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, text=STRICTER)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undoing.__exit__(None, None, None)
        policies.forget_all()

    def now(self) -> datetime:
        self.ticks += 1
        return self.stage.at - AGO + timedelta(microseconds=self.ticks)

    def press(self, action_id: str, button: Callable[[ActionView], Any]) -> Any:
        """Presses; a refusal has a name and a sentence. Then everything must still hold."""
        view = invariants.hold(self.stage.id, action_id, UNSPEAKABLE)
        told, said = None, ("", "")
        try:
            told = button(view)
        except ApprovalError as refusal:
            said = (refusal.code, refusal.detail)
        assert bool(said[0]) == bool(said[1])
        after = invariants.hold(self.stage.id, action_id, UNSPEAKABLE)
        if not after.is_open:
            first = self.ends.setdefault(action_id, after)
            # The end stays as it was; only what became of grant and execution is told later.
            assert replace(after, grant=None, execution=None) == replace(first, grant=None, execution=None)
        return told

    @initialize(windows=st.booleans())
    def people_are_given_time(self, windows: bool) -> None:
        if windows:
            use_policy(self.stage, WINDOW)

    @rule(target=actions, amount=AMOUNTS, late=st.booleans())
    def otto_asks_for_a_refund(self, amount: float, late: bool) -> str:
        at = self.now() - timedelta(hours=1) if late else self.now()
        claims: dict[str, Any] = {"expires_in": 60, "execute_within": 60} if late else {}
        args = {"customer_id": "cus_zanzibar", "amount_usd": amount}
        view = self.stage.submit(args=args, at=at, **claims)
        assert view == invariants.hold(self.stage.id, view.id, UNSPEAKABLE)
        self.asked.append(view.id)
        return view.id

    @rule(target=actions)
    def otto_asks_to_delete(self) -> str:
        view = self.stage.submit("crm.delete", {"id": "cus_zanzibar"}, at=self.now())
        assert view.state == "rejected"
        return view.id

    @rule(action=actions, name=CAST, verdict=st.sampled_from(["approve", "reject"]))
    def somebody_votes(self, action: str, name: str, verdict: str) -> None:
        if name in self.here:
            vote = lambda view: self.stage.review(name, view, verdict, at=self.now(), comment="Cap it")  # noqa: E731
            told = self.press(action, vote)
            assert told is None or told == counted(invariants.hold(self.stage.id, action, UNSPEAKABLE))

    @rule(action=actions, name=CAST)
    def somebody_opens(self, action: str, name: str) -> None:
        if name in self.here:
            read = self.now() - timedelta(seconds=2)
            self.press(action, lambda view: presses.look(self.stage, name, view, read))

    @rule(action=actions, name=CAST)
    def somebody_takes_a_vote_back(self, action: str, name: str) -> None:
        if name in self.here:
            told = self.press(action, lambda view: presses.undo(self.stage, name, view, self.now()))
            assert told is None or (told.is_open and told.closing_at is None)

    @rule(action=actions, name=CAST, stale=st.sampled_from(["revision", "digest"]))
    def somebody_votes_on_what_is_not_the_newest(self, action: str, name: str, stale: str) -> None:
        if name in self.here:
            wrong: dict[str, Any] = {"revision": 99} if stale == "revision" else {"digest": b"\0" * 32}
            assert self.press(action, lambda view: self.stage.review(name, view, at=self.now(), **wrong)) is None

    @rule(action=actions, name=CAST, amount=AMOUNTS)
    def somebody_edits(self, action: str, name: str, amount: float) -> None:
        if name in self.here:
            self.press(action, lambda view: presses.edit(self.stage, name, view, at=self.now(), amount_usd=amount))

    @rule(action=actions, name=CAST)
    def somebody_asks(self, action: str, name: str) -> None:
        if name in self.here:
            self.press(action, lambda view: presses.ask(self.stage, name, view, "Whatever for?", self.now()))

    @rule(action=actions)
    def otto_answers(self, action: str) -> None:
        self.press(action, lambda view: presses.answer(self.stage, view, "Ada said so.", self.now()))

    @rule(action=actions)
    def otto_withdraws(self, action: str) -> None:
        self.press(action, lambda view: presses.withdraw(self.stage, view, "Ada said so.", self.now()))

    @rule()
    def the_clock_is_looked_at(self) -> None:
        services.fire_due(at=self.stage.at)
        for action in self.asked:
            view = invariants.hold(self.stage.id, action, UNSPEAKABLE)
            assert view.closing_at is None
            self.press(action, lambda view: None)

    @rule(action=actions)
    def otto_spends(self, action: str) -> None:
        spent = self.press(action, lambda view: presses.spend(self.stage, view, at=self.now()))
        if spent is not None:
            assert action not in self.ran
            self.ran[action] = spent.args
            view = self.ends[action]
            assert (spent.args, spent.tool, view.state) == (view.args, view.tool, "approved")
            assert not self.strict

    @rule(action=actions, status=st.sampled_from(["succeeded", "failed", "unknown"]), same=st.booleans())
    def otto_reports(self, action: str, status: str, same: bool) -> None:
        def tell(view: ActionView) -> ActionView:
            args = orjson.loads(view.args) if same else {"customer_id": "cus_zanzibar"}
            return presses.report(self.stage, view, status, args, self.now())

        told = self.press(action, tell)
        assert told is None or (told.execution is not None and action in self.ran)

    @precondition(lambda self: not self.strict)
    @rule()
    def the_policy_becomes_stricter(self) -> None:
        services.activate_policy(actor=OPERATOR, at=self.now(), workspace_id=self.stage.id, version_id=self.stricter.id)
        self.strict = True

    @precondition(lambda self: "ben" in self.here)
    @rule()
    def ben_leaves(self) -> None:
        presses.leave(self.stage, "ben")
        self.here.remove("ben")


def test_whatever_is_pressed_an_action_ends_once_and_its_facts_tell_how(stage: Stage) -> None:
    machine: Any = partial(Story, stage)
    run_state_machine_as_test(machine, settings=RUNS)
