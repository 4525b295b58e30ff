"""What the models of the runs write after a few prompts, for the tabs that ask.

One worker trains a run and answers, so questions are few: tabs share what was just written, and one
run's questions take a bounded part of its worker's time. A visitor's prompt goes to the worker and
back; it is in no log and on no disk. Knows the engine's protocol; nothing of sockets.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from moeviz.config import ConfigError, RunConfig
from moeviz.engine.protocol import Engine, EngineError, RunStatus
from moeviz.live.allowance import Allowance
from moeviz.live.messages import Ask
from moeviz.live.presses import Refused, in_words, sentence
from moeviz.live.rights import Forbidden, Rights
from moeviz.traces import ContinuationQuestion, Continuations

ASKERS = 4
"""Threads that wait for workers: none of those that presses need."""

FRESH_STEPS = 12
"""Training steps for which a tab gets a text that another tab's question led to."""

REST = 5
"""After questions that took t seconds, a run answers no further ones for REST · t seconds."""

ASKS_PER_S, ASKS_AT_ONCE = 4.0, 8
"""Of one tab."""

MAX_RUNS = 500
"""Runs whose last texts are kept."""

Written = Mapping[str, tuple[int, str]]
"""By model: what it wrote after a prompt, and the step that it was at."""


@dataclass(slots=True)
class _Run:
    """What the models of a run wrote last, by prompt, with the knobs of `config`."""

    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    written: dict[str, Written] = field(default_factory=dict)
    config: RunConfig | None = None
    revision: int = 0
    free_at_s: float = 0.0

    def forget_stale(self, status: RunStatus) -> None:
        """Keep what may still be shown: the newest texts of the very run that `status` is of."""
        same = (self.config, self.revision) == (status.config, status.revision)
        self.config, self.revision = status.config, status.revision
        oldest = status.step - (FRESH_STEPS if status.trains else 0)
        self.written = {
            prompt: each
            for prompt, each in self.written.items()
            if same and all(step >= oldest for step, _ in each.values())
        }


class AllContinuations:
    """Answers the tabs of one server. `close` it when the server ends."""

    def __init__(
        self, engine: Engine, rights: Rights, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._rights, self._clock = engine, rights, clock
        self._threads = ThreadPoolExecutor(ASKERS, thread_name_prefix="live-ask")
        self._runs: OrderedDict[str, _Run] = OrderedDict()

    async def answer(self, ask: Ask) -> dict[str, list[tuple[int, str]]]:
        """By model, the step and the text of each prompt; raises Refused.

        The right to watch is enough: a question changes nothing in the run.
        """
        try:
            run_id = self._rights.right(ask.token).run_id
            run = self._run(run_id)
            async with run.asking:
                answered = asyncio.get_running_loop().run_in_executor(
                    self._threads, self._answered, run_id, run, ask.prompts
                )
                return await answered
        except ConfigError as error:
            raise Refused(in_words(error)) from None
        except (EngineError, Forbidden) as error:
            raise Refused(sentence(str(error))) from None

    def close(self) -> None:
        """Wait for no worker any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self, run_id: str) -> _Run:
        run = self._runs.setdefault(run_id, _Run())
        self._runs.move_to_end(run_id)
        if len(self._runs) > MAX_RUNS:
            self._runs.popitem(last=False)
        return run

    def _answered(
        self, run_id: str, run: _Run, prompts: Sequence[str]
    ) -> dict[str, list[tuple[int, str]]]:
        status = self._engine.latest(run_id, watching=False)
        if not status.step:
            raise Refused("The models have made no training step yet.")
        run.forget_stale(status)
        unknown = tuple(dict.fromkeys(each for each in prompts if each not in run.written))
        if unknown:
            self._write(run_id, run, unknown)
        names = [arm.name for arm in status.config.arms]
        return {name: [run.written[each][name] for each in prompts] for name in names}

    def _write(self, run_id: str, run: _Run, prompts: tuple[str, ...]) -> None:
        """Ask all models of the run."""
        assert run.config
        began_s = self._clock()
        if began_s < run.free_at_s:
            raise Refused("The models have just answered other questions.")
        try:
            answers: dict[str, Continuations] = {
                arm.name: self._engine.ask(run_id, ContinuationQuestion(arm.name, {}, prompts))
                for arm in run.config.arms
            }
        finally:
            now_s = self._clock()
            run.free_at_s = now_s + REST * (now_s - began_s)
        for place, prompt in enumerate(prompts):
            run.written[prompt] = {
                name: (each.step, each.texts[place]) for name, each in answers.items()
            }


class TabQuestions:
    """The questions of one tab, one at a time, beside its presses.

    Args:
        say: tells the tab.
    """

    def __init__(
        self,
        continuations: AllContinuations,
        say: Callable[[dict[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        self._continuations, self._say = continuations, say
        self._asked: asyncio.Queue[Ask] = asyncio.Queue(1)
        self._allowance = Allowance(ASKS_PER_S, ASKS_AT_ONCE, clock)

    def take(self, ask: Ask) -> None:
        """Answer it soon, or refuse it at once."""
        if not self._allowance.take() or self._asked.full():
            self._refuse(ask.seq, "Too many questions.")
        else:
            self._asked.put_nowait(ask)

    async def answer(self) -> None:
        """Answer what is asked, until cancelled."""
        while True:
            ask = await self._asked.get()
            try:
                models = await self._continuations.answer(ask)
            except Refused as error:
                self._refuse(ask.seq, str(error))
            except Exception:
                traceback.print_exc()  # of this question alone: the tab goes on
                self._refuse(ask.seq, "The server could not answer this.")
            else:
                self._say({"kind": "answer", "seq": ask.seq, "models": models})

    def _refuse(self, seq: int, why: str) -> None:
        self._say({"kind": "refused", "seq": seq, "why": why, "knob": ""})
