"""The lab's state as parameters of an address, and back: the one translation between the two.

A preset's name stands for a whole state; only what differs from it, or without one from the
defaults, is written out. Knows nothing of Streamlit, of runs or of widgets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from moeviz.config import DENSE_NAMES, KNOBS, LIVE_KNOBS, ConfigError
from moeviz.engine.until import UNTIL_KNOBS
from moeviz.live.records import ADDRESSED
from moeviz.ui.shared.address import Address, Notices, Param, of_choice, of_knob, of_run, refused
from moeviz.ui.shared.lab_state import (
    DEFAULT_SHARED,
    LAB_KNOBS,
    LAYER,
    METRIC_NAMES,
    TOUR_STEP,
    URL_NAMES,
    LabState,
    Then,
)
from moeviz.ui.shared.presets import BY_NAME

B_URL_NAMES = {name: f"b_{url_name}" for name, url_name in URL_NAMES.items()}
"""What B's value of a knob is called in the address."""


def base_of(preset: str) -> LabState:
    """The state that a preset's name stands for; the defaults without one."""
    return BY_NAME[preset].state if preset in BY_NAME else LabState()


def _usual(field: str, knob: str = "") -> Callable[[LabState], Any]:
    """The base's value of a field, or of a knob in it."""

    def usual(state: LabState) -> Any:
        value = getattr(base_of(state.preset), field)
        return value[knob] if knob else value

    return usual


def _usual_b(knob: str) -> Callable[[LabState], Any]:
    """Of a knob that is unlinked, the base's value for B; where it has none, and else, A's."""

    def usual(state: LabState) -> Any:
        own = base_of(state.preset).b_values if knob in state.b_values else {}
        return own.get(knob, state.shared[knob])

    return usual


_KNOBS_BY_URL = {URL_NAMES[name]: name for name in LAB_KNOBS} | {
    older: name for name in LAB_KNOBS for older in KNOBS[name].former_urls
}


def _unlinked(text: str) -> tuple[str, ...]:
    """Names between commas; `none`, or nothing, for no knob."""
    named = {_KNOBS_BY_URL.get(word) for word in text.split(",")}
    return tuple(name for name in URL_NAMES if name in named)


def _until(text: str) -> str:
    """`step:300`, `loss:4.0`, `collapsed`, or `never`, which is ""."""
    kind, _, value = text.partition(":")
    if knob := UNTIL_KNOBS.get(kind):
        return f"{kind}:{knob.format(knob.parse(value))}"
    if text not in ("never", "collapsed"):
        raise ConfigError("until", text, "one of never, step:N, loss:X, collapsed")
    return text.removeprefix("never")


def _then(text: str) -> Then | None:
    """`300:b:alpha:0.02`: at step 300, arm B's α becomes 0.02."""
    if text == "none":
        return None
    bound = "like 300:b:alpha:0.02"
    try:
        step, arm, url_name, value = text.split(":")
        knob = _KNOBS_BY_URL[url_name]
        if knob not in LIVE_KNOBS:
            raise KeyError(url_name)
        at = UNTIL_KNOBS["step"].parse(step)
        return Then(at, {"a": "A", "b": "B"}[arm], knob, _KNOB_PARAMS[knob].parse(value))
    except (ValueError, KeyError) as error:
        if isinstance(error, ConfigError):
            bound += f", with {error.bound} for {error.value}"
        raise ConfigError("then", text, bound) from None


def _then_text(then: Then | None) -> str:
    if then is None:
        return "none"
    value = KNOBS[then.knob].format(then.value)
    return f"{then.step}:{then.arm.lower()}:{URL_NAMES[then.knob]}:{value}"


_KNOB_PARAMS = {
    name: of_knob(
        url_name,
        f"shared.{name}",
        KNOBS[name],
        _usual("shared", name),
        older=KNOBS[name].former_urls,
    )
    for name, url_name in URL_NAMES.items()
}
_PARAMS = (
    of_choice("preset", "preset", {"none": "", **{name: name for name in BY_NAME}}, ""),
    *_KNOB_PARAMS.values(),
    Param(
        "unlinked", "apart", _unlinked,
        lambda names: ",".join(URL_NAMES[name] for name in names) or "none", _usual("apart"),
    ),
    *(
        of_knob(
            url, f"b.{name}", KNOBS[name], _usual_b(name),
            older=tuple(f"b_{older}" for older in KNOBS[name].former_urls),
        )
        for name, url in B_URL_NAMES.items()
    ),
    of_choice("arms", "arms", ("a", "ab"), _usual("arms")),
    of_choice("dense", "dense", ("none", *DENSE_NAMES), _usual("dense")),
    Param("then", "then", _then, _then_text, _usual("then")),
    Param("until", "until", _until, lambda text: text or "never", _usual("until")),
    of_run("run"),
    of_choice("metric", "metric", METRIC_NAMES, _usual("metric")),
    of_knob("layer", "layer", LAYER, _usual("layer")),
    of_choice("loss", "by_domain", {"all": False, "by_domain": True}, _usual("by_domain")),
    of_knob("tour", "tour", TOUR_STEP, None, "no step"),
)  # fmt: skip


def _state(preset: str = "", **said: Any) -> LabState:
    """The base, with what the address says otherwise. B's knob is unlinked where it has a value."""
    base = base_of(preset)
    shared, b = {**base.shared, **said.pop("shared", {})}, said.pop("b", {})
    apart = {*said.pop("apart", base.apart), *b}
    values = {**shared, **base.b_values, **b}
    b_values = {name: values[name] for name in LAB_KNOBS if name in apart}
    return dataclasses.replace(base, shared=shared, b_values=b_values, **said)


def _consistent(state: LabState) -> tuple[LabState, Notices]:
    """Replace by its default, one by one, what does not go together with the rest."""
    notices: Notices = []
    for _ in URL_NAMES:
        try:
            state.run_config()
        except ConfigError as error:
            notices.append(f"{error.by_names(URL_NAMES)}. Its default is used instead.")
            state = _without(state, error.field)
        else:
            return state, notices
    return LabState(), notices


def _without(state: LabState, name: str) -> LabState:
    """The state with one knob back at its default, in both arms and in the schedule."""
    then = None if state.then and state.then.knob == name else state.then
    shared = (
        {**state.shared, name: DEFAULT_SHARED.get(name)} if name in state.shared else state.shared
    )
    b_values = {key: value for key, value in state.b_values.items() if key != name}
    return dataclasses.replace(state, shared=shared, b_values=b_values, then=then)


ADDRESS = Address(_PARAMS, _state, _consistent)
to_query = ADDRESS.write


def from_query(query: Mapping[str, str]) -> tuple[LabState, Notices]:
    """The state that the parameters describe, and a notice for each one that was refused.

    Of the unlinked knobs an unknown name alone is refused, and the rest of the list is taken.
    """
    words = query.get("unlinked", "").split(",")
    state, notices = ADDRESS.read(query)
    if unknown := [word for word in words if word not in ("", "none", *_KNOBS_BY_URL)]:
        bound = "names among " + ", ".join(URL_NAMES.values())
        notices.append(refused("unlinked", ",".join(unknown), bound, "the list without it"))
    return state, notices


def shown_parameters(state: LabState) -> dict[str, dict[str, str]]:
    """By field, the parameters beside knobs that the lab's stage changes: `url`, the name, and
    `default`, the text at which it is left out. For the browser, which writes them.
    """
    params = {param.field: param for param in _PARAMS}
    return {
        field: {"url": param.url, "default": param.format(param.usual(state))}
        for field in ("until", "metric", "layer", "by_domain")
        if (param := params[field])
    }


def text_of(field: str, value: Any) -> str:
    """How the address says a value of a field."""
    return _param(field).format(value)


def value_of(field: str, text: str) -> Any:
    """The value of a field that a text in the address says; ConfigError where it says none."""
    return _param(field).parse(text)


def _param(field: str) -> Param:
    return next(param for param in _PARAMS if param.field == field)


def live_parameters(state: LabState) -> dict[str, dict[str, dict[str, str | None]]]:
    """By model and knob: its parameter in the address, and the text at which it is left out.

    None: it is left out at the present text of the model that `like` names. For the browser, which
    writes the knobs that presses change.
    """
    base = base_of(state.preset)
    arms = {"A": (URL_NAMES, base.shared), "B": (B_URL_NAMES, base.b_values)}
    return {
        arm: {
            name: {"url": urls[name], "default": KNOBS[name].format(values[name])}
            if name in values
            else {"url": urls[name], "default": None, "like": "A"}
            for name in ADDRESSED
        }
        for arm, (urls, values) in arms.items()
        if arm.lower() in state.arms
    }
