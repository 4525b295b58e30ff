"""The lab's whole state as one frozen value, and its one translation to and from the URL.

The table `URL_NAMES` alone knows how a knob is called in an address. Bad values are refused by name
and replaced by the default; nothing here raises for what a user typed into a URL.
Knows configurations only: nothing of Streamlit, of the engine or of widgets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.config import (
    KNOBS,
    LIVE_KNOBS,
    ArmConfig,
    ConfigError,
    Knob,
    RunConfig,
    ScheduledChange,
    dense_twin,
)
from moeviz.figures.metrics import METRICS
from moeviz.routing.balancing import balancing_method

URL_NAMES = {
    "n_experts": "experts", "n_layers": "layers", "d_model": "d_model", "d_expert": "d_expert",
    "n_heads": "heads", "context_length": "context", "vocab_size": "vocab",
    "activation": "activation", "seed": "seed", "batch_size": "batch", "top_k": "k",
    "capacity_factor": "capacity", "drop_policy": "drop", "router_noise": "noise",
    "method": "method", "aux_coefficient": "alpha", "bias_update_rate": "bias_rate",
    "z_loss_coefficient": "z", "learning_rate": "lr",
}  # fmt: skip
"""Knobs that are in the URL. The user's own text is too long for one: its run id brings it back."""

LAB_KNOBS = tuple(URL_NAMES)
RESTART_KNOBS = tuple(name for name in LAB_KNOBS if name not in LIVE_KNOBS)
B_PREFIX = "b_"

DEFAULT_SHARED = {name: KNOBS[name].default for name in LAB_KNOBS} | {"method": "none"}
DEFAULT_B = {"method": "switch_loss"}

_STEP = Knob("step", "int", 300, "Step", "", low=1, high=20_000)
_LAYER = Knob("layer", "int", 0, "Layer", "", low=0, high=7)
UNTIL_KNOBS = {
    "step": Knob("until", "int", 300, "Step", "", low=1, high=20_000),
    "loss": Knob("until", "float", 4.0, "Cross-entropy in nats", "", low=0.0, high=20.0),
}
ARMS = ("a", "ab")
DENSE = ("none", "active", "total")
DENSE_NAMES = {
    "active": "Dense, equal active FLOPs",
    "total": "Dense, equal total parameters",
}
UNTIL = ("never", "step", "loss", "collapsed")
METRIC_NAMES = tuple(METRICS)


@dataclass(frozen=True, slots=True)
class Then:
    """One knob that arm "A" or "B" changes on itself at a step."""

    step: int
    arm: str
    knob: str
    value: Any


@dataclass(frozen=True, slots=True)
class LabState:
    """Everything the lab's controls say.

    Attributes:
        shared: knob values of arm A, and of B where B is linked.
        b_values: the values of B for the knobs that are unlinked.
        arms: "a" or "ab". dense: which dense baseline trains beside them.
        then: a scheduled change, or None.
        until, until_value: when *Play* stops by itself.
        run: the id of the run that is shown, or "".
        preset: the name of the preset this state was loaded from, or "".
        metric, layer, by_domain: what the charts show.
        user_text: one more domain; not in the URL.
    """

    shared: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_SHARED))
    b_values: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_B))
    arms: str = "ab"
    dense: str = "none"
    then: Then | None = None
    until: str = "never"
    until_value: float | None = None
    run: str = ""
    preset: str = ""
    metric: str = METRIC_NAMES[0]
    layer: int = 0
    by_domain: bool = False
    user_text: str = ""

    @property
    def b(self) -> dict[str, Any]:
        """All knob values of arm B."""
        return {**self.shared, **self.b_values}

    def run_config(self) -> RunConfig:
        """The run that these controls describe; ConfigError when values do not go together."""
        arms = [self._arm("A", self.shared)]
        if self.arms == "ab":
            arms.append(self._arm("B", self.b))
        if self.dense != "none":
            arms.append(dense_twin(arms[0], self.dense, DENSE_NAMES[self.dense]))
        return RunConfig(tuple(arms))

    @staticmethod
    def fields_of(config: RunConfig) -> dict[str, Any]:
        """The fields of a state whose controls describe this run."""
        by_name = {arm.name: arm for arm in config.arms}
        a, b = by_name["A"], by_name.get("B")
        shared = {name: a.knobs[name] for name in LAB_KNOBS}
        b_values = {n: b.knobs[n] for n in LAB_KNOBS if b and b.knobs[n] != shared[n]}
        scheduled = [(arm, change) for arm in (a, b) if arm for change in arm.schedule]
        then = [Then(c.step, arm.name, *next(iter(c.knobs.items()))) for arm, c in scheduled]
        return {
            "shared": shared,
            "b_values": b_values,
            "arms": "ab" if b else "a",
            "dense": next((kind for kind, name in DENSE_NAMES.items() if name in by_name), "none"),
            "then": then[0] if then else None,
            "user_text": a.train.user_text,
        }

    def _arm(self, name: str, knobs: Mapping[str, Any]) -> ArmConfig:
        then = self.then
        schedule: tuple[ScheduledChange, ...] = ()
        if then is not None and then.arm == name:
            schedule = (ScheduledChange(then.step, {then.knob: then.value}),)
        arm = ArmConfig.of(name, {**knobs, "user_text": self.user_text}, schedule)
        balancing_method(arm.balance.method)
        if then is not None and then.arm == name:
            arm.with_knobs({then.knob: then.value})
        return arm


def to_query(state: LabState) -> dict[str, str]:
    """URL parameters; what has its default value is left out."""
    query = {}
    for name, url_name in URL_NAMES.items():
        if state.shared[name] != DEFAULT_SHARED[name]:
            query[url_name] = KNOBS[name].format(state.shared[name])
    unlinked = [name for name in LAB_KNOBS if name in state.b_values]
    if unlinked != list(DEFAULT_B):
        query["unlinked"] = ",".join(URL_NAMES[name] for name in unlinked) or "none"
    for name in unlinked:
        if state.b_values[name] != DEFAULT_B.get(name, state.shared[name]):
            query[B_PREFIX + URL_NAMES[name]] = KNOBS[name].format(state.b_values[name])
    if state.then is not None:
        then = state.then
        value = KNOBS[then.knob].format(then.value)
        query["then"] = f"{then.step}:{then.arm.lower()}:{URL_NAMES[then.knob]}:{value}"
    if state.until != "never":
        value = UNTIL_KNOBS[state.until].format(state.until_value) if state.until_value else ""
        query["until"] = f"{state.until}:{value}".rstrip(":")
    plain = {"arms": state.arms, "dense": state.dense, "run": state.run, "preset": state.preset}
    plain |= {"metric": state.metric, "layer": str(state.layer)}
    if state.by_domain:
        query["loss"] = "by_domain"
    defaults = LabState()
    return query | {n: v for n, v in plain.items() if v != str(getattr(defaults, n))}


def from_query(query: Mapping[str, str]) -> tuple[LabState, list[str]]:
    """The state that the parameters describe, and a notice for each one that was refused."""
    reader = _Reader(dict(query))
    shared = {n: reader.knob(n, URL_NAMES[n], DEFAULT_SHARED[n]) for n in LAB_KNOBS}
    b_values = {
        n: reader.knob(n, B_PREFIX + URL_NAMES[n], DEFAULT_B.get(n, shared[n]))
        for n in reader.unlinked()
    }
    until, until_value = reader.until()
    state = LabState(
        shared=shared,
        b_values=b_values,
        arms=reader.choice("arms", ARMS, "ab"),
        dense=reader.choice("dense", DENSE, "none"),
        then=reader.then(),
        until=until,
        until_value=until_value,
        run=reader.text("run"),
        preset=reader.text("preset"),
        metric=reader.choice("metric", METRIC_NAMES, METRIC_NAMES[0]),
        layer=reader.knob_value(_LAYER, "layer", 0),
        by_domain=reader.choice("loss", ("all", "by_domain"), "all") == "by_domain",
    )
    reader.refuse_the_rest()
    return _consistent(state, reader.notices), reader.notices


class _Reader:
    """Takes parameters out of a query one by one and notes what it refuses."""

    def __init__(self, query: dict[str, str]) -> None:
        self._query = query
        self.notices: list[str] = []

    def _refuse(self, name: str, text: str, bound: str, used: str) -> None:
        shown = text if len(text) <= 40 else text[:40] + "…"
        self.notices.append(
            f"{name}={shown} was refused: it must be {bound}. Used instead: {used}."
        )

    def knob_value(self, knob: Knob, name: str, default: Any) -> Any:
        if name not in self._query:
            return default
        text = self._query.pop(name)
        try:
            value = knob.parse(text)
            if knob.name == "method":
                balancing_method(value)
        except ConfigError as error:
            self._refuse(name, text, error.bound, knob.format(default))
            return default
        return value

    def knob(self, knob_name: str, url_name: str, default: Any) -> Any:
        return self.knob_value(KNOBS[knob_name], url_name, default)

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        return str(
            self.knob_value(Knob(name, "choice", default, "", "", choices=choices), name, default)
        )

    def text(self, name: str) -> str:
        text = self._query.pop(name, "")
        if len(text) > 64 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in text):
            self._refuse(name, text, "at most 64 letters, digits, - and _", "none")
            return ""
        return text

    def unlinked(self) -> list[str]:
        """The unlinked knobs, in the table's order."""
        if "unlinked" not in self._query:
            return list(DEFAULT_B)
        by_url_name = {url_name: name for name, url_name in URL_NAMES.items()}
        words = [w for w in self._query.pop("unlinked").split(",") if w not in ("", "none")]
        for word in words:
            if word not in by_url_name:
                self._refuse(
                    "unlinked", word, "names among " + ", ".join(by_url_name), "no such knob"
                )
        return [name for name in LAB_KNOBS if URL_NAMES[name] in words]

    def until(self) -> tuple[str, float | None]:
        text = self._query.pop("until", "never")
        kind, _, value = text.partition(":")
        if kind not in UNTIL:
            self._refuse("until", text, "one of never, step:N, loss:X, collapsed", "never")
            return "never", None
        if kind not in UNTIL_KNOBS:
            return kind, None
        try:
            return kind, UNTIL_KNOBS[kind].parse(value)
        except ConfigError as error:
            self._refuse("until", text, error.bound, "never")
            return "never", None

    def then(self) -> Then | None:
        """`300:b:alpha:0.02`: at step 300, arm B's α becomes 0.02."""
        text = self._query.pop("then", "")
        if not text:
            return None
        by_url_name = {URL_NAMES[name]: name for name in LAB_KNOBS if name in LIVE_KNOBS}
        try:
            step, arm, url_name, value = text.split(":")
            knob = by_url_name[url_name]
            parsed = KNOBS[knob].parse(value)
            if knob == "method":
                balancing_method(parsed)
            return Then(_STEP.parse(step), {"a": "A", "b": "B"}[arm], knob, parsed)
        except (ValueError, KeyError) as error:
            bound = str(error) if isinstance(error, ConfigError) else "like 300:b:alpha:0.02"
            self._refuse("then", text, bound, "no scheduled change")
            return None

    def refuse_the_rest(self) -> None:
        for name, text in self._query.items():
            if name.startswith(B_PREFIX) and name.removeprefix(B_PREFIX) in URL_NAMES.values():
                bound = f"listed in unlinked= ({name.removeprefix(B_PREFIX)})"
                self._refuse(name, text, bound, "arm A's value")
            else:
                self._refuse(name, text, "a parameter of this page", "nothing")


def _consistent(state: LabState, notices: list[str]) -> LabState:
    """Replace by its default, one by one, what does not go together with the rest."""
    for _ in range(8):
        try:
            state.run_config()
        except ConfigError as error:
            notices.append(f"{error}. Its default is used instead.")
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
