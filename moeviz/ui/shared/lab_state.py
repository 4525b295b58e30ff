"""The lab's whole state as one frozen value: everything that its controls say.

Knows configurations only: nothing of Streamlit, of addresses, of the engine or of widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from moeviz.analysis.metrics import METRICS
from moeviz.config import (
    DENSE_NAMES,
    KNOBS,
    LIVE_KNOBS,
    ArmConfig,
    Knob,
    RunConfig,
    ScheduledChange,
    dense_baseline,
)
from moeviz.routing.names import check_names

URL_NAMES = {name: knob.url for name, knob in KNOBS.items() if knob.controls != "none"}
"""What a knob is called in the address. The user's own text is too long for one."""

LAB_KNOBS = tuple(URL_NAMES)
RESTART_KNOBS = tuple(name for name in LAB_KNOBS if name not in LIVE_KNOBS)

DEFAULT_SHARED = {name: KNOBS[name].default for name in LAB_KNOBS} | {"balancer": "none"}
DEFAULT_B = {"balancer": "switch"}

ARM_NAMES = frozenset({"A", "B", *DENSE_NAMES.values()})
"""The arms that a state can describe; a run from elsewhere may have more."""
METRIC_NAMES = tuple(METRICS)
LAYER = Knob("layer", "int", 0, "Layer", "", low=0, high=KNOBS["n_layers"].high - 1)
TOUR_STEP = Knob("tour", "int", 1, "Step of the tour", "", low=1, high=5)


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
        until: when *Start* pauses by itself, as `engine.until` has it: "step:300"; "" for never.
        run: the id of the run that is shown, or "".
        preset: the name of the preset this state was loaded from, or "".
        metric, layer, by_domain: what the charts show.
        tour: the step that Start shows of its tour; None where the address says none.
        user_text: one more domain; not in the URL.
    """

    shared: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_SHARED))
    b_values: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_B))
    arms: str = "ab"
    dense: str = "none"
    then: Then | None = None
    until: str = ""
    run: str = ""
    preset: str = ""
    metric: str = METRIC_NAMES[0]
    layer: int = 0
    by_domain: bool = False
    tour: int | None = None
    user_text: str = ""

    @property
    def apart(self) -> tuple[str, ...]:
        """The unlinked knobs, in the table's order."""
        return tuple(name for name in LAB_KNOBS if name in self.b_values)

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
            arms.append(dense_baseline(arms[0], self.dense, DENSE_NAMES[self.dense]))
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

    def in_force(self, running: RunConfig) -> LabState:
        """These controls with the live knobs of a run that is under way, its own changes too."""
        return self.with_knobs_of(running, LIVE_KNOBS)

    def with_knobs_of(self, config: RunConfig, names: Sequence[str]) -> LabState:
        """These controls with some knobs of a run; B has its own where the arms differ."""
        arms = {arm.name: arm.knobs for arm in config.arms}
        a, b = arms["A"], arms.get("B", {})
        apart = [n for n in names if n in b and (n in self.b_values or a[n] != b[n])]
        return replace(
            self,
            shared={**self.shared, **{name: a[name] for name in names}},
            b_values={**self.b_values, **{name: b[name] for name in apart}},
        )

    def _arm(self, name: str, knobs: Mapping[str, Any]) -> ArmConfig:
        then = self.then
        schedule: tuple[ScheduledChange, ...] = ()
        if then is not None and then.arm == name:
            schedule = (ScheduledChange(then.step, {then.knob: then.value}),)
        arm = ArmConfig.of(name, {**knobs, "user_text": self.user_text}, schedule)
        check_names(arm.knobs)
        arm.check_schedule(step=0)
        return arm


def same_experiment(one: LabState, other: LabState) -> bool:
    """Whether two states describe the same run, whatever they show of it.

    A separate knob of B with A's value does not make another run.
    """
    fields = ("shared", "arms", "dense", "then", "user_text")
    b, other_b = ({**state.shared, **state.b_values} for state in (one, other))
    return b == other_b and all(getattr(one, name) == getattr(other, name) for name in fields)
