"""What a press does to a run, and why it is refused: in the engine's words, by the knob's label.

Knows the engine's protocol; nothing of sockets.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.config import KNOBS, ConfigError, no_such_knob
from moeviz.engine.protocol import Engine, EngineError, RunStatus
from moeviz.engine.until import KEEP_EVERY, UNTIL_KNOBS, parse_until
from moeviz.live.messages import Press
from moeviz.live.rights import Forbidden, Rights
from moeviz.routing.names import check_names

LABELS = {k.name: k.label for k in (*KNOBS.values(), *UNTIL_KNOBS.values(), KEEP_EVERY)} | {
    "until step": f'{UNTIL_KNOBS["step"].label} of "Until a step"',
}
"""What controls call a field of a refusal."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a press.

    Attributes:
        ticket: of a change of knobs that is on its way to the model; 0: none is.
        pauses: it is acknowledged with the run's last step, once the run is at rest.
        more: what the acknowledgement carries: "step", "ticket", or "run" and "token" of a new run.
    """

    run_id: str
    ticket: int = 0
    pauses: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether a worker has still to do it."""
        return self.ticket > 0 or self.pauses

    def step_of(self, status: RunStatus) -> int | None:
        """The step at which the worker did it, 0 where it dropped it; None: not yet."""
        if self.pauses:
            return None if status.pausing else status.step
        return status.settled.first_step(self.ticket)


class Refused(ValueError):
    """A press that changes nothing, in words for who pressed; `knob`: the control that it is of."""

    def __init__(self, why: str, knob: str = "") -> None:
        super().__init__(why)
        self.knob = knob


class Presses:
    """Does what presses ask. Its methods may wait for a worker: not for the event loop's thread.

    Args:
        browser: who presses, "" where it has no name. It allows nothing, a press has a token for
            that; but a run that a press makes remembers whose it is to control.
    """

    def __init__(self, engine: Engine, rights: Rights, browser: str = "") -> None:
        self._engine, self._rights, self._browser = engine, rights, browser

    def do(self, press: Press) -> Done:
        """Do it; raises Refused and changes nothing."""
        try:
            right = self._rights.right(press.token)
            right.check_control()
            return getattr(self, f"_{press.act}")(right.run_id, press)  # type: ignore[no-any-return]
        except ConfigError as error:
            raise Refused(in_words(error), error.field) from None
        except (EngineError, Forbidden) as error:
            raise Refused(sentence(str(error))) from None

    def _set(self, run_id: str, press: Press) -> Done:
        ticket = self._engine.set(run_id, _values(press), press.arms or None)
        return _set_by(run_id, ticket)

    def _start(self, run_id: str, press: Press) -> Done:
        self._engine.resume(run_id, parse_until(press.until))
        return Done(run_id)

    def _pause(self, run_id: str, _: Press) -> Done:
        self._engine.pause(run_id)
        return Done(run_id, pauses=True)

    def _step(self, run_id: str, _: Press) -> Done:
        self._engine.step(run_id)
        return self._stands(run_id)

    def _reset(self, run_id: str, _: Press) -> Done:
        self._engine.reset(run_id)
        return self._stands(run_id)

    def _rewind(self, run_id: str, press: Press) -> Done:
        self._engine.rewind(run_id, press.step)
        return self._stands(run_id)

    def _fork(self, run_id: str, press: Press) -> Done:
        forked = self._engine.fork(run_id, press.step)
        self._engine.pause(run_id)
        return self._new(forked)

    def _renew(self, run_id: str, press: Press) -> Done:
        """A new run with other knobs; where the old one trained on, it trains, until the same.

        A run that is only prepared takes them itself.
        """
        before = self._engine.latest(run_id)
        renewed, ticket = self._engine.renew(run_id, _values(press))
        if ticket:
            return _set_by(run_id, ticket)
        self._engine.pause(run_id)
        if before.trains and not before.stepping:
            try:
                self._engine.resume(renewed, before.until)
            except EngineError:
                with contextlib.suppress(ConfigError):  # it has just come to where it was to pause
                    self._engine.resume(run_id, before.until)
                raise
        return self._new(renewed)

    def _stands(self, run_id: str) -> Done:
        return Done(run_id, more={"step": self._engine.latest(run_id).step})

    def _new(self, run_id: str) -> Done:
        if self._browser:
            self._engine.let_control(run_id, self._browser)
        token = self._rights.token(run_id, "control")
        return Done(run_id, more={"run": run_id, "token": token})


def _set_by(run_id: str, ticket: int) -> Done:
    return Done(run_id, ticket, more={"ticket": ticket})


def in_words(error: ConfigError) -> str:
    """The refusal by the labels of the controls, as a sentence."""
    return sentence(str(error.by_names(LABELS)))


def sentence(text: str) -> str:
    """What an engine says in the middle of one, as one."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def _values(press: Press) -> dict[str, Any]:
    """The knobs' values; ConfigError for a name or a text that is none."""
    values = {}
    for name, text in press.knobs.items():
        if name not in KNOBS:
            raise no_such_knob(name, KNOBS)
        values[name] = KNOBS[name].parse(text)
    check_names(values)
    return values
