"""The lab's state as URL parameters, and back: the one translation between the two.

A preset's name stands for its whole state; only what differs from it, or without one from the
defaults, is written out. Bad values are refused by name and replaced; nothing here raises for what
a user typed into a URL. Knows nothing of Streamlit, of the engine or of widgets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from moeviz.config import KNOBS, LIVE_KNOBS, ConfigError
from moeviz.engine.until import UNTIL_KNOBS
from moeviz.routing.names import check_names
from moeviz.ui.shared.lab_state import (
    ARMS,
    DEFAULT_SHARED,
    DENSE,
    LAB_KNOBS,
    LAYER,
    METRIC_NAMES,
    UNTIL,
    URL_NAMES,
    LabState,
    Then,
)
from moeviz.ui.shared.presets import BY_NAME
from moeviz.ui.shared.query_reader import QueryReader

B_PREFIX = "b_"

_BY_URL_NAME = {url_name: name for name, url_name in URL_NAMES.items()}


def base_of(preset: str) -> LabState:
    """The state that a preset's name stands for; the defaults without one."""
    return BY_NAME[preset].state if preset in BY_NAME else LabState()


def to_query(state: LabState) -> dict[str, str]:
    """URL parameters; what is as in the preset, or has its default value, is left out."""
    base = base_of(state.preset)
    query = {"preset": state.preset} if state.preset else {}
    for name, url_name in URL_NAMES.items():
        if state.shared[name] != base.shared[name]:
            query[url_name] = KNOBS[name].format(state.shared[name])
    unlinked = [name for name in LAB_KNOBS if name in state.b_values]
    if unlinked != [name for name in LAB_KNOBS if name in base.b_values]:
        query["unlinked"] = ",".join(URL_NAMES[name] for name in unlinked) or "none"
    for name in unlinked:
        if state.b_values[name] != base.b_values.get(name, state.shared[name]):
            query[B_PREFIX + URL_NAMES[name]] = KNOBS[name].format(state.b_values[name])
    for name, (text, default) in _plain_fields(state, base).items():
        if text != default:
            query[name] = text
    return query


def _plain_fields(state: LabState, base: LabState) -> dict[str, tuple[str, str]]:
    """The parameters that are no knobs: what they are, and what they are by default."""

    def texts(each: LabState) -> dict[str, str]:
        return {
            "arms": each.arms,
            "dense": each.dense,
            "then": _then_text(each.then),
            "until": until_text(each),
            "run": each.run,
            "metric": each.metric,
            "layer": str(each.layer),
            "loss": "by_domain" if each.by_domain else "all",
        }

    ours, defaults = texts(state), texts(base)
    return {name: (ours[name], defaults[name]) for name in ours}


def _then_text(then: Then | None) -> str:
    if then is None:
        return "none"
    value = KNOBS[then.knob].format(then.value)
    return f"{then.step}:{then.arm.lower()}:{URL_NAMES[then.knob]}:{value}"


def until_text(state: LabState) -> str:
    """When *Start* pauses by itself, as the address and the channel have it."""
    if state.until not in UNTIL_KNOBS or state.until_value is None:
        return state.until
    return f"{state.until}:{UNTIL_KNOBS[state.until].format(state.until_value)}"


def from_query(query: Mapping[str, str]) -> tuple[LabState, list[str]]:
    """The state that the parameters describe, and a notice for each one that was refused."""
    reader = _LabReader(dict(query))
    preset = reader.choice("preset", ("none", *BY_NAME), "none").removeprefix("none")
    base = base_of(preset)
    shared = {n: reader.knob(n, URL_NAMES[n], base.shared[n]) for n in LAB_KNOBS}
    b_values = {
        n: reader.knob(n, B_PREFIX + URL_NAMES[n], base.b_values.get(n, shared[n]))
        for n in reader.unlinked(base)
    }
    until, until_value = reader.until()
    state = LabState(
        shared=shared,
        b_values=b_values,
        arms=reader.choice("arms", ARMS, base.arms),
        dense=reader.choice("dense", DENSE, base.dense),
        then=reader.then(base.then),
        until=until,
        until_value=until_value,
        run=reader.run(),
        preset=preset,
        metric=reader.choice("metric", METRIC_NAMES, base.metric),
        layer=reader.knob_value(LAYER, "layer", base.layer),
        by_domain=reader.choice("loss", ("all", "by_domain"), "all") == "by_domain",
    )
    reader.refuse_the_rest()
    return _consistent(state, reader.notices), reader.notices


class _LabReader(QueryReader):
    """Reads what only the lab's address has."""

    def knob(self, knob_name: str, url_name: str, default: Any) -> Any:
        return self.knob_value(KNOBS[knob_name], url_name, default)

    def unlinked(self, base: LabState) -> list[str]:
        """The unlinked knobs, in the table's order: those listed, and those that B has a value of.

        The browser writes values of B alone, as its reader sets them.
        """
        words = [URL_NAMES[name] for name in base.b_values]
        if "unlinked" in self.query:
            words = [w for w in self.query.pop("unlinked").split(",") if w not in ("", "none")]
        if unknown := [word for word in words if word not in _BY_URL_NAME]:
            bound = "names among " + ", ".join(_BY_URL_NAME)
            self.refuse("unlinked", ",".join(unknown), bound, "the list without it")
        apart = {*words, *(name.removeprefix(B_PREFIX) for name in self.query if _is_of_b(name))}
        return [name for name in LAB_KNOBS if URL_NAMES[name] in apart]

    def until(self) -> tuple[str, float | None]:
        text = self.query.pop("until", "never")
        kind, _, value = text.partition(":")
        if kind not in UNTIL:
            self.refuse("until", text, "one of never, step:N, loss:X, collapsed", "never")
            return "never", None
        if kind not in UNTIL_KNOBS:
            return kind, None
        try:
            return kind, UNTIL_KNOBS[kind].parse(value)
        except ConfigError as error:
            self.refuse("until", text, error.bound, "never")
            return "never", None

    def then(self, default: Then | None) -> Then | None:
        """`300:b:alpha:0.02`: at step 300, arm B's α becomes 0.02."""
        if "then" not in self.query:
            return default
        text = self.query.pop("then")
        if text == "none":
            return None
        try:
            step, arm, url_name, value = text.split(":")
            return Then(
                UNTIL_KNOBS["step"].parse(step), {"a": "A", "b": "B"}[arm], *_live(url_name, value)
            )
        except (ValueError, KeyError) as error:
            bound = "like 300:b:alpha:0.02"
            if isinstance(error, ConfigError):
                bound += f", with {error.bound} for {error.value}"
            self.refuse("then", text, bound, "no scheduled change")
            return None


def _is_of_b(name: str) -> bool:
    return name.startswith(B_PREFIX) and name.removeprefix(B_PREFIX) in _BY_URL_NAME


def _live(url_name: str, text: str) -> tuple[str, Any]:
    """A live knob and its value; KeyError for another name, ConfigError for a bad value."""
    knob = {URL_NAMES[name]: name for name in LAB_KNOBS if name in LIVE_KNOBS}[url_name]
    value = KNOBS[knob].parse(text)
    check_names({knob: value})
    return knob, value


def _consistent(state: LabState, notices: list[str]) -> LabState:
    """Replace by its default, one by one, what does not go together with the rest."""
    for _ in range(8):
        try:
            state.run_config()
        except ConfigError as error:
            notices.append(f"{error.by_names(URL_NAMES)}. Its default is used instead.")
            state = _without(state, error.field)
        else:
            return state
    return LabState()


def _without(state: LabState, name: str) -> LabState:
    """The state with one knob back at its default, in both arms and in the schedule."""
    then = None if state.then and state.then.knob == name else state.then
    shared = (
        {**state.shared, name: DEFAULT_SHARED.get(name)} if name in state.shared else state.shared
    )
    b_values = {key: value for key, value in state.b_values.items() if key != name}
    return dataclasses.replace(state, shared=shared, b_values=b_values, then=then)
