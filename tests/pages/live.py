"""The browser's end of a page's live component, without a browser: data, presses, the address.

What the component was given is read off the page; a press goes by the token that was found there,
and the address then says what `run_control.js` would make it say. Knows nothing of sockets.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from moeviz.engine.protocol import Engine, RunStatus
from moeviz.live.messages import Press, read
from moeviz.live.presses import Done, Presses, Refused
from moeviz.live.records import as_text, judged, record
from moeviz.live.rights import rights
from moeviz.ui.shared import session
from tests.pages.visit import visit

Parameters = dict[str, str | None]

_SEQ = itertools.count(1)


def components(page: AppTest) -> list[dict[str, Any]]:
    """What each of the page's components was given."""
    return [json.loads(each.proto.json)[0] for each in page.get("bidi_component")]


def parameters_of(
    state: Mapping[str, Any], address: Mapping[str, Mapping[str, Any]], moved: bool
) -> Parameters:
    """What `parametersOf` in `run_address.js` makes of a state, written a second time.

    Both are held against `tests/js/fixtures/addresses.json`.
    """
    named: Parameters = {"run": None} if moved else {}
    parameters: Parameters = {"run": state["run"]} if state["begun"] else named
    starts = {arm["name"]: arm["starts"] for arm in state["arms"]}
    for arm, knobs in address.items():
        for knob, said in knobs.items():
            if knob in starts.get(arm, {}):
                text = starts[arm][knob]
                usual = starts[said["like"]][knob] if "like" in said else said["default"]
                parameters[said["url"]] = None if text == usual else text
    return parameters


class Live:
    """A tab's hold on the run of its page.

    A press is heard of: the address follows, and the script runs again for whatever reason. With
    `heard=False` neither has come to that yet.
    """

    def __init__(self, page: AppTest, engine: Engine) -> None:
        self.page, self.engine = page, engine
        self._named: tuple[str, str] = ("", "")
        self._held: dict[str, Any] = {}

    @property
    def data(self) -> dict[str, Any]:
        """What the page's live component was given."""
        (found,) = [each for each in components(self.page) if "run" in each]
        return found

    @property
    def run(self) -> dict[str, Any]:
        """The run that the tab holds: the page's, or the one that a press led to since."""
        told = self.data["run"]
        name = told["id"], told["token"]
        if name != self._named:
            keeps = self._held.get("id") == told["id"] and not told["control"]
            self._named, self._held = name, self._held if keeps else {}
        return {**told, **self._held}

    @property
    def id(self) -> str:
        """The run's id."""
        return str(self.run["id"])

    @property
    def status(self) -> RunStatus:
        """The run, as the engine knows it; nobody watches it by that."""
        return self.engine.latest(self.id, watching=False)

    def knobs(self, arm: str) -> dict[str, Any]:
        """An arm's knobs in force."""
        return {each.name: each.knobs for each in self.status.config.arms}[arm]

    def told(self) -> dict[str, Any]:
        """What the channel says of the run to a tab that knows nothing of it yet."""
        run = self.run
        status, histories = self.engine.latest(run["id"]), self.engine.history(run["id"])
        told, _ = record(status, histories, run["view"], None)
        told["verdicts"] = judged(run["experiment"], status, histories)
        return dict(json.loads(as_text(told)))

    def press(self, act: str, *, heard: bool = True, **more: Any) -> Done:
        """Act on the run; raises Refused."""
        said = {"kind": "press", "seq": next(_SEQ), "token": self.run["token"], "act": act, **more}
        press = read(json.dumps(said))
        assert isinstance(press, Press)
        done = Presses(self.engine, rights(), session.browsers_name() or "").do(press)
        if "run" in done.more:
            new = done.more
            self._held = {"id": new["run"], "token": new["token"], "control": True}
        if heard:
            self.hear()
        return done

    def refused(self, act: str, **more: Any) -> str:
        """Press what is refused; returns why, in words. The run is left as it was."""
        before = self.status
        with pytest.raises(Refused) as refusal:
            self.press(act, **more)
        assert self.status == before
        return str(refusal.value)

    def turn(self, knob: str, text: str, of: str = "", *, heard: bool = True) -> Done:
        """Set a knob of all models; `of` "B": of it alone, "A": of all but B, as set apart.

        A knob of the model leads to a new run.
        """
        data = self.data
        described = {each["name"]: each for each in (*data["knobs"], *data.get("more_knobs", ()))}
        if described[knob]["restarts"]:
            return self.press("renew", heard=heard, knobs={knob: text})
        names = [arm.name for arm in self.status.config.arms]
        arms = {"": [], "B": ["B"], "A": [name for name in names if name != "B"]}[of]
        return self.press("set", heard=heard, knobs={knob: text}, arms=arms)

    def switch(self, arm: str, on: bool, *, heard: bool = True) -> Done:
        """Balance the load of a model, or leave it alone."""
        knobs = {"balancer": self.data["balancer"] if on else "none"}
        return self.press("set", heard=heard, knobs=knobs, arms=[arm])

    def start(self, until: str = "") -> Done:
        """Let it train."""
        return self.press("start", until=until)

    def hear(self) -> None:
        """The address follows, and the script runs again."""
        self.follow()
        self.page.run()
        assert not self.page.exception

    def follow(self) -> None:
        """Let the address say what the run does."""
        told = self.told()
        arms = [{"name": name, **arm} for name, arm in told["arms"].items()]
        moved = self.run["id"] != self._named[0]
        self.write(**parameters_of({**told, "arms": arms}, self.run["address"], moved))

    def write(self, **parameters: str | None) -> None:
        """Set parameters of the address, or leave them out, as `address.js` does in place."""
        query = self.page.query_params
        had = bool(query)
        if query.get("preset") == "none":
            del query["preset"]
        for name, text in parameters.items():
            query.pop(name, None)
            if text is not None:
                query[name] = text
        if had and not query:
            query["preset"] = "none"


def opened_at(page: AppTest, engine: Engine, path: str, **query: str) -> Live:
    """The page at this path with these parameters, and the hold on its run."""
    return Live(visit(page, path, **query), engine)
