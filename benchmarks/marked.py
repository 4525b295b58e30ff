"""What a page's presses were acknowledged to do, compared with what their run noted of them.

Reads the page's own socket. Knows nothing of how long anything takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, WebSocket

from moeviz.config import KNOBS
from moeviz.engine.saved import SavedRun


@dataclass(frozen=True)
class Change:
    """A change of one knob of one model that was acknowledged; `step` is the first one with it."""

    arm: str
    knob: str
    value: Any
    step: int


class Said:
    """Hears a page's live channel from its first socket on."""

    def __init__(self, page: Page) -> None:
        self._pressed: dict[int, dict[str, Any]] = {}
        self._answers: list[dict[str, Any]] = []
        page.on("websocket", self._listen)

    @property
    def answered(self) -> int:
        """How many changes of knobs were acknowledged."""
        return len(self._acknowledged())

    def changes(self, arms: Iterable[str]) -> list[Change]:
        """Of the acknowledged presses, as they were answered; `arms`: all that the run has."""
        return [
            Change(arm, knob, KNOBS[knob].parse(text), step)
            for press, step in self._acknowledged()
            for arm in press["arms"] or arms
            for knob, text in press["knobs"].items()
        ]

    def _acknowledged(self) -> list[tuple[dict[str, Any], int]]:
        answered = [(self._pressed[each["seq"]], each) for each in self._answers]
        return [(press, answer["step"]) for press, answer in answered if press["act"] == "set"]

    def _listen(self, socket: WebSocket) -> None:
        if socket.url.endswith("/live"):
            socket.on("framesent", self._note_press)
            socket.on("framereceived", self._note_answer)

    def _note_press(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["kind"] == "press":
            self._pressed[message["seq"]] = message

    def _note_answer(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["kind"] == "ack":
            self._answers.append(message)


def unmarked(changes: Iterable[Change], run: SavedRun) -> list[Change]:
    """The changes that the run has no mark of: of this knob and value, from this step on.

    One that leads to the value before it changes nothing and has no mark.
    """
    noted = {
        Change(mark.arm, knob, value, mark.step)
        for mark in run.marks
        for knob, value in mark.knobs.items()
    }
    in_force = {
        (arm.name, knob): value for arm in run.config.arms for knob, value in arm.knobs.items()
    }
    lost = []
    for change in changes:
        if in_force[change.arm, change.knob] != change.value and change not in noted:
            lost.append(change)
        in_force[change.arm, change.knob] = change.value
    return lost
