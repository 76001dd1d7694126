"""otto, the demo agent: asks, waits, executes what was signed, and says each step on one line."""

import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.demo.scenes import Scene, scene
from countersign import Action, ActionRecord, Countersign, CountersignError, NotApproved, OutcomeUnknown, Unreachable

NAME = "otto"
AGAIN_SECONDS = 2.0

Say = Callable[[str], object]


@dataclass
class Otto:
    """Keeps at most `at_most` actions waiting. Each is waited for on a thread of its own."""

    client: Countersign
    say: Say
    at_most: int
    chance: random.Random
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._room = threading.Semaphore(self.at_most)
        self._threads: list[threading.Thread] = []

    def go_on(self) -> None:
        """Takes up what an earlier run left waiting."""
        for action in self.client.list(state="pending", limit=self.at_most).items:
            if self._room.acquire(blocking=False):
                self.say(f"{NAME} still waits for {told(action.tool_call.name, action.tool_call.args)} ({action.id})")
                self._follow(action)

    def ask(self, number: int) -> None:
        """Proposes the scene of that number once there is room."""
        while not self._room.acquire(timeout=0.5):
            if self.stop.is_set():
                return
        self._follow(self._submitted(scene(number, self.chance)))

    def finish(self) -> None:
        """Waits until everything that was asked for has come to its end, or until it is stopped."""
        while any(thread.is_alive() for thread in self._threads) and not self.stop.is_set():
            self.stop.wait(0.1)

    def _submitted(self, asked: Scene) -> Action:
        action = self.client.submit(asked.tool, asked.args, **asked.claims)
        self.say(f"{NAME} asks for {told(asked.tool, asked.args)} ({action.id})")
        return action

    def _follow(self, action: Action) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._to_the_end, args=(action,), name=action.id, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _to_the_end(self, action: Action) -> None:
        try:
            while not self.stop.is_set() and not self._ended(action):
                self.stop.wait(AGAIN_SECONDS)
        except NotApproved as refused:
            self.say(f"{NAME} leaves it: {refused}")
        except OutcomeUnknown as unknown:
            self.say(f"{NAME} does not repeat it: {unknown}")
        except CountersignError as error:
            self.say(f"{NAME} stops here ({action.id}): {error}")
        finally:
            self._room.release()

    def _ended(self, action: Action) -> bool:
        """False where the server went away; then nothing ran, or the journal knows what did."""
        try:
            self._wait_and_run(self.client.resume(action.id))
        except Unreachable:
            return False
        return True

    def _wait_and_run(self, action: Action) -> None:
        decision = action.wait(on_question=self._answer)
        tool, args = decision.tool_call.name, decision.tool_call.args
        changed = ", as edited" if decision.edited else ""
        self.say(f"{NAME} goes on with {told(tool, args)}{changed} ({action.id})")
        self.say(f"{NAME} is done: {action.execute(lambda **given: perform(tool, given))}")

    def _answer(self, record: ActionRecord) -> str:
        self.say(f"{NAME} is asked about {record.id}: {record.question}")
        return "I took it from the customer's ticket; nothing else is known to me."


def told(tool: str, args: Mapping[str, Any]) -> str:
    """A call on one line; whatever could disturb a terminal is escaped."""
    return f"{tool} {json.dumps(args, sort_keys=True)}"


def perform(tool: str, args: Mapping[str, Any]) -> str:
    """Stands for the tool: nothing outside happens."""
    return f"{tool} ran with {len(args)} {'argument' if len(args) == 1 else 'arguments'}"
