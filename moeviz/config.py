"""What a run is asked to do: frozen, validated configurations and the error that refuses a bad one.

Every field carries its own bounds, label and help in its metadata, so that the controls, the URL,
the command line and the validation read one table (`KNOBS`). Knows nothing of torch, of the widgets
or of how a run is executed.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

DROP_POLICIES = ("position", "probability", "random", "batch_prioritised", "reroute")
ACTIVATIONS = ("gelu", "swiglu")

MAX_ARMS = 4

MAX_USER_TEXT_CHARACTERS = 200_000
MIN_USER_TEXT_CHARACTERS = 500

_MOST_GROUPS = 16

_NUMBER = re.compile(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?", re.IGNORECASE)
"""What is read as a number: Python itself also takes digits of other scripts, blanks and `_`."""


class Unquoted(str):
    """What a refusal shows as it is, where it quotes other texts.

    A number as it was typed, or words about a value: "5 characters".
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def length(number: int, unit: Literal["character", "byte"], more: str = "") -> Unquoted:
    """ "1 character", "8,000,001 bytes": how long a refused text is, in the unit of its bound."""
    return Unquoted(f"{number:,} {unit}{'' if number == 1 else 's'}{more}")


class ConfigError(ValueError):
    """A value that is refused: names the field, the value and the bound. None: nothing is there.

    Args:
        bound: in words. Where it is about other fields, {} stands for the name of each in turn.
        others: their names.
    """

    def __init__(self, field: str, value: object, bound: str, others: tuple[str, ...] = ()) -> None:
        self.field, self.value, self.others, self._words = field, value, others, bound
        shown = repr(value)
        super().__init__(
            f"{field} is missing: it must be {self.bound}"
            if value is None
            else f"{field} must be {self.bound}, got {shown[:60]}{'…' if len(shown) > 60 else ''}"
        )

    @property
    def bound(self) -> str:
        """The accepted values in words."""
        return self._words.format(*self.others) if self.others else self._words

    def by_names(self, names: Mapping[str, str]) -> ConfigError:
        """The same refusal by what its reader calls the fields; what has no name keeps its own."""
        others = tuple(names.get(other, other) for other in self.others)
        return ConfigError(names.get(self.field, self.field), self.value, self._words, others)

    def __reduce__(self) -> tuple[type[ConfigError], tuple[str, object, str, tuple[str, ...]]]:
        return ConfigError, (self.field, self.value, self._words, self.others)


def no_such_knob(name: str, known: Iterable[str]) -> ConfigError:
    """The refusal of a knob that is none of these."""
    others = tuple(known)
    return ConfigError("knob", name, "one of " + ", ".join("{}" for _ in others), others)


def _in_full(limit: float) -> str:
    """ "1,000,000" rather than 1e+06; small and broken numbers as they are."""
    return f"{limit:,.0f}" if limit % 1 == 0 and abs(limit) < 1e15 else f"{limit:g}"


@dataclass(frozen=True, slots=True)
class Knob:
    """The description of one configuration field.

    Attributes:
        kind: "int", "float", "optional_float" (None allowed), "choice", "name" or "text".
        live: True when a running model takes the new value on its next step; False when a change
            needs a new run.
        multiple_of: for kind "int", the value must be a multiple of it.
        none_means: what None is called; `parse` takes the word too.
        steps: how a field's − and + move: "even" by `step`; "doubling" to the next power of two;
            "1-2-5" to the next of 1, 2, 5 times a power of ten.
        step: of "even" (0: `multiple_of`); of "1-2-5", where + leads from 0.
        from_none: where − and + lead from None.
    """

    name: str
    kind: Literal["int", "float", "optional_float", "choice", "name", "text"]
    default: Any
    label: str
    help: str
    live: bool = False
    low: float = -math.inf
    high: float = math.inf
    multiple_of: int = 1
    choices: tuple[str, ...] = ()
    none_means: str = "none"
    steps: Literal["even", "doubling", "1-2-5"] = "even"
    step: float = 0
    from_none: float = 1.0

    @property
    def bound(self) -> str:
        """The accepted values in words, as error messages print them."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "name":
            return "a name of lower-case letters, digits and underscores"
        if self.kind == "text":
            low, high = MIN_USER_TEXT_CHARACTERS, MAX_USER_TEXT_CHARACTERS
            return f"text of {low:,} to {high:,} characters, or empty"
        kind = "a whole number" if self.kind == "int" else "a number"
        words = f"{kind} from {_in_full(self.low)} to {_in_full(self.high)}"
        if self.multiple_of > 1:
            words += f", a multiple of {self.multiple_of}"
        return words + (" or none" if self.kind == "optional_float" else "")

    def check(self, value: object) -> Any:
        """Return the value in its own type, or raise ConfigError."""
        accepted = getattr(self, f"_check_{self.kind}")(value)
        if accepted is _REFUSED:
            raise ConfigError(self.name, self._shown(value), self.bound)
        return accepted

    def _shown(self, value: object) -> object:
        """What a refusal says it got: of a text that is too short or too long, its length."""
        too = self.kind == "text" and isinstance(value, str)
        return length(len(value), "character") if too else value  # type: ignore[arg-type]

    def parse(self, text: str) -> Any:
        """Read the value from URL or command-line text, or raise ConfigError."""
        stripped = text.strip()
        if self.kind == "optional_float" and stripped.lower() in ("none", self.none_means.lower()):
            return None
        if self.kind in ("choice", "name", "text"):
            return self.check(stripped)
        try:
            if not _NUMBER.fullmatch(text):
                raise ValueError
            number = int(text) if self.kind == "int" else float(text)
        except (ValueError, OverflowError):
            raise ConfigError(self.name, text, self.bound) from None
        try:
            return self.check(number)
        except ConfigError:
            raise ConfigError(self.name, Unquoted(text), self.bound) from None

    def equation(self, shown: object) -> str:
        """The knob and a value of it, as marks and names of runs say them."""
        return f"{self.label} = {self.none_means if shown is None else shown}"

    def format(self, value: object) -> str:
        """The text that `parse` reads back to the same value."""
        if value is None:
            return "none"
        return repr(float(value)) if "float" in self.kind else str(value)  # type: ignore[arg-type]

    def _check_int(self, value: object) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            return _REFUSED
        inside = self.low <= value <= self.high and value % self.multiple_of == 0
        return value if inside else _REFUSED

    def _check_float(self, value: object) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _REFUSED
        inside = math.isfinite(value) and self.low <= value <= self.high
        return float(value) if inside else _REFUSED

    def _check_optional_float(self, value: object) -> Any:
        return None if value is None else self._check_float(value)

    def _check_choice(self, value: object) -> Any:
        return value if isinstance(value, str) and value in self.choices else _REFUSED

    def _check_name(self, value: object) -> Any:
        plain = isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value)
        return value if plain else _REFUSED

    def _check_text(self, value: object) -> Any:
        if not isinstance(value, str):
            return _REFUSED
        inside = MIN_USER_TEXT_CHARACTERS <= len(value) <= MAX_USER_TEXT_CHARACTERS
        return value if inside or value == "" else _REFUSED


_REFUSED: Any = object()


def _knob(kind: str, default: Any, label: str, help: str, **more: Any) -> Any:
    return field(default=default, metadata={"kind": kind, "label": label, "help": help, **more})


class _Validated:
    """Checks each field against its knob, then the conditions between fields."""

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):  # type: ignore[arg-type]
            value = KNOBS[each.name].check(getattr(self, each.name))
            object.__setattr__(self, each.name, value)
        self._check_together()

    def _check_together(self) -> None:
        """Conditions that involve more than one field; raises ConfigError."""


@dataclass(frozen=True, slots=True)
class ModelConfig(_Validated):
    """The shape of the model. A change of any field needs a new run."""

    n_experts: int = _knob(
        "int", 8, "Experts E", "E, the number of routed experts in each layer.", low=2, high=64
    )
    n_layers: int = _knob(
        "int",
        2,
        "Layers",
        "L, the number of transformer blocks. Each has its own router and experts.",
        low=1,
        high=8,
    )
    d_model: int = _knob(
        "int",
        64,
        "Model width",
        "d_model, the length of the vector that represents a token between layers.",
        low=16,
        high=256,
        multiple_of=4,
    )
    d_expert: int = _knob(
        "int",
        128,
        "Expert width",
        "d_expert, the hidden units of one expert. Its parameters and FLOPs grow in proportion.",
        low=16,
        high=512,
        multiple_of=4,
    )
    n_heads: int = _knob(
        "int",
        4,
        "Attention heads",
        "Heads of the attention in each layer. Must divide the model width.",
        low=1,
        high=16,
    )
    context_length: int = _knob(
        "int",
        64,
        "Sequence length",
        "Tokens in one training sequence. Attention looks back at most this far.",
        low=8,
        high=256,
        steps="doubling",
    )
    vocab_size: int = _knob(
        "int",
        512,
        "Vocabulary",
        "Entries of the tokenizer's vocabulary. The tokenizer is trained on the lab's text.",
        low=300,
        high=2048,
        step=64,
    )
    activation: str = _knob(
        "choice",
        "gelu",
        "Activation",
        "Activation function of an expert. GELU needs two matrices per expert, SwiGLU three.",
        choices=ACTIVATIONS,
    )
    dense_width: int = _knob(
        "int",
        0,
        "Dense width",
        "0: a Mixture of Experts. Above 0: one dense feed-forward network with that hidden width.",
        low=0,
        high=65_536,
    )

    def _check_together(self) -> None:
        if self.d_model % self.n_heads:
            bound = f"a divisor of {{}} ({self.d_model})"
            raise ConfigError("n_heads", self.n_heads, bound, ("d_model",))

    @property
    def is_dense(self) -> bool:
        """Whether one dense feed-forward network stands in for router and experts."""
        return self.dense_width > 0


@dataclass(frozen=True, slots=True)
class RoutingConfig(_Validated):
    """How tokens are sent to experts. Takes effect on the next step."""

    top_k: int = _knob(
        "int",
        1,
        "Experts per token k",
        "k, how many experts each token is sent to. More experts per token cost more FLOPs.",
        live=True,
        low=1,
        high=8,
    )
    capacity_factor: float | None = _knob(
        "optional_float",
        None,
        "Capacity factor",
        "How many assignments an expert accepts, relative to an even load. 1 = exactly even; "
        "empty = dropless. Try 0.5 to see drops.",
        live=True,
        low=0.1,
        high=8.0,
        none_means="dropless",
        step=0.25,
    )
    drop_policy: str = _knob(
        "choice",
        "position",
        "Drop policy",
        "Which assignments are dropped when an expert is full. position: the latest tokens, first "
        "preferences before second ones. probability: the lowest router scores. random: a fixed "
        "shuffle. batch_prioritised: the tokens with the least certain router. reroute: sent to "
        "the next expert with a free capacity slot, dropped only if all are full.",
        live=True,
        choices=DROP_POLICIES,
    )
    router_noise: float = _knob(
        "float",
        0.0,
        "Router noise",
        "Standard deviation of the Gaussian noise that training adds to router logits. It makes "
        "the router try other experts.",
        live=True,
        low=0.0,
        high=4.0,
        step=0.1,
    )
    routing_rule: str = _knob(
        "name",
        "softmax_topk",
        "Routing rule",
        "How router logits become scores, and the chosen experts' scores become gate weights.",
        live=True,
    )
    gate_scale: float = _knob(
        "float",
        1.0,
        "Gate scale",
        "γ, a factor on all gate weights: 2.5 in DeepSeek-V3, 1 in most models.",
        live=True,
        low=0.1,
        high=16.0,
        step=0.1,
    )
    n_groups: int = _knob(
        "int",
        1,
        "Expert groups",
        "Groups of neighbouring experts; in large models a group lies on one device. 1: no groups.",
        live=True,
        low=1,
        high=_MOST_GROUPS,
    )
    kept_groups: int = _knob(
        "int",
        1,
        "Groups per token",
        "How many groups a token may use. A group is ranked by the sum of its two highest scores.",
        live=True,
        low=1,
        high=_MOST_GROUPS,
    )

    def _check_together(self) -> None:
        if self.kept_groups > self.n_groups:
            bound = f"at most {{}} ({self.n_groups})"
            raise ConfigError("kept_groups", self.kept_groups, bound, ("n_groups",))


@dataclass(frozen=True, slots=True)
class BalanceConfig(_Validated):
    """What keeps the experts evenly used. Takes effect on the next step.

    `method` names a class of `moeviz.routing.balancing`, which refuses an unknown one: this room
    lies below and does not know the list. So does `routing_rule` one of `moeviz.routing.rules`.
    """

    method: str = _knob(
        "name",
        "switch_loss",
        "Balancing",
        "What pushes the router towards an even load.",
        live=True,
    )
    aux_coefficient: float = _knob(
        "float",
        0.01,
        "Balance coefficient α",
        "α, the weight of the load-balancing loss. 0: no effect. 0.01 is usual; 1 hurts the "
        "cross-entropy.",
        live=True,
        low=0.0,
        high=10.0,
        steps="1-2-5",
        step=0.01,
    )
    bias_update_rate: float = _knob(
        "float",
        0.003,
        "Bias update rate u",
        "u, how far each expert's selection bias moves per step. Larger values react faster and "
        "overshoot.",
        live=True,
        low=0.0,
        high=1.0,
        steps="1-2-5",
        step=0.001,
    )
    z_loss_coefficient: float = _knob(
        "float",
        1e-3,
        "Router z-loss",
        "Weight of the mean squared log-sum-exp of the router logits; 0.001 as in ST-MoE. It keeps "
        "logits small; it does not balance.",
        live=True,
        low=0.0,
        high=1.0,
        steps="1-2-5",
        step=0.001,
    )


@dataclass(frozen=True, slots=True)
class TrainConfig(_Validated):
    """Data order and optimiser."""

    seed: int = _knob(
        "int",
        0,
        "Seed",
        "Determines initial weights, batches and noise. The same seed gives the same run.",
        low=0,
        high=2**31 - 1,
    )
    batch_size: int = _knob(
        "int",
        16,
        "Batch size",
        "B, the number of sequences in one training step.",
        low=1,
        high=128,
        steps="doubling",
    )
    learning_rate: float = _knob(
        "float",
        3e-3,
        "Learning rate",
        "Step size of the optimizer, AdamW.",
        live=True,
        low=1e-6,
        high=1.0,
        steps="1-2-5",
    )
    user_text: str = _knob(
        "text", "", "Your text", "Your own text as one more training domain, in UTF-8."
    )


GROUPS: dict[str, type] = {
    "model": ModelConfig,
    "routing": RoutingConfig,
    "balance": BalanceConfig,
    "train": TrainConfig,
}
KNOBS: dict[str, Knob] = {
    each.name: Knob(name=each.name, default=each.default, **each.metadata)
    for group in GROUPS.values()
    for each in dataclasses.fields(group)
}
LIVE_KNOBS = tuple(name for name, knob in KNOBS.items() if knob.live)


@dataclass(frozen=True, slots=True)
class ScheduledChange:
    """Knobs that a run sets on itself at the start of a step."""

    step: int
    knobs: Mapping[str, Any]

    def __post_init__(self) -> None:
        if isinstance(self.step, bool) or not isinstance(self.step, int) or self.step < 1:
            raise ConfigError("schedule step", self.step, "a whole number of at least 1")
        check_live(self.knobs)


def check_live(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs with checked values; ConfigError when one is unknown or needs a new run."""
    for name in knobs:
        if name not in KNOBS or not KNOBS[name].live:
            raise no_such_knob(name, LIVE_KNOBS)
    return {name: KNOBS[name].check(value) for name, value in knobs.items()}


@dataclass(frozen=True, slots=True)
class ArmConfig:
    """One model of a run, with everything it needs to be trained."""

    name: str
    model: ModelConfig = field(default_factory=ModelConfig)
    routing: RoutingConfig = field(default_factory=RoutingConfig)
    balance: BalanceConfig = field(default_factory=BalanceConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    schedule: tuple[ScheduledChange, ...] = ()

    def __post_init__(self) -> None:
        if not self.model.is_dense and self.routing.top_k > self.model.n_experts:
            bound = f"at most {{}} ({self.model.n_experts})"
            raise ConfigError("top_k", self.routing.top_k, bound, ("n_experts",))
        if not self.model.is_dense:
            self._check_groups()

    def _check_groups(self) -> None:
        """Groups of equal size, of two experts at least, with enough of them for k."""
        experts, groups = self.model.n_experts, self.routing.n_groups
        if groups > 1 and (experts % groups or experts // groups < 2):
            bound = f"a divisor of {{}} ({experts}) that leaves two experts a group"
            raise ConfigError("n_groups", groups, bound, ("n_experts",))
        if self.routing.top_k > self.experts_within_reach:
            within = self.experts_within_reach
            bound = f"at most the {within} experts of {self.routing.kept_groups} of {groups} groups"
            raise ConfigError("top_k", self.routing.top_k, bound)

    @property
    def experts_within_reach(self) -> int:
        """How many of a layer's experts one token may choose from: those of its kept groups."""
        return self.model.n_experts // self.routing.n_groups * self.routing.kept_groups

    @classmethod
    def of(
        cls, name: str, knobs: Mapping[str, Any], schedule: tuple[ScheduledChange, ...] = ()
    ) -> Self:
        """Build from flat knob values; missing ones take their defaults."""
        for given in knobs:
            if given not in KNOBS:
                raise no_such_knob(given, KNOBS)
        groups = {
            key: group(
                **{f.name: knobs[f.name] for f in dataclasses.fields(group) if f.name in knobs}
            )
            for key, group in GROUPS.items()
        }
        return cls(name=name, schedule=schedule, **groups)

    @property
    def knobs(self) -> dict[str, Any]:
        """All knob values, flat."""
        return {
            f.name: getattr(getattr(self, key), f.name)
            for key, group in GROUPS.items()
            for f in dataclasses.fields(group)
        }

    @property
    def knobs_in_turn(self) -> list[dict[str, Any]]:
        """All knob values, flat: as they are, then after each scheduled change."""
        changes = sorted(self.schedule, key=lambda change: change.step)
        after = itertools.accumulate(
            changes, lambda knobs, change: {**knobs, **change.knobs}, initial=self.knobs
        )
        return list(after)

    def with_knobs(self, changes: Mapping[str, Any]) -> ArmConfig:
        """The same arm with some knobs changed, validated anew."""
        return ArmConfig.of(self.name, {**self.knobs, **changes}, self.schedule)

    def check_schedule(self, step: int) -> None:
        """Raise ConfigError when a change scheduled after `step` would not go with the knobs."""
        arm = self
        for change in sorted(self.schedule, key=lambda change: change.step):
            if change.step > step:
                arm = arm.with_knobs(change.knobs)


Arms = str | tuple[str, ...] | None
"""One arm by its name, some, or with None all of a run."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Arms that are trained side by side, step for step."""

    arms: tuple[ArmConfig, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.arms) <= MAX_ARMS:
            raise ConfigError("arms", len(self.arms), f"from 1 to {MAX_ARMS} models")
        names = [arm.name for arm in self.arms]
        if len(set(names)) < len(names):
            raise ConfigError("arms", names, "distinct names")

    def with_knobs(self, changes: Mapping[str, Any], arm: Arms = None) -> RunConfig:
        """The same run with live knobs changed in one arm, in some, or in all."""
        checked, named = check_live(changes), self.named(arm)
        return RunConfig(tuple(a.with_knobs(checked) if a.name in named else a for a in self.arms))

    def named(self, arm: Arms) -> tuple[str, ...]:
        """The names that are meant: one, some, or with None all; ConfigError for another name."""
        names = tuple(each.name for each in self.arms)
        meant = names if arm is None else (arm,) if isinstance(arm, str) else arm
        for name in meant:
            if name not in names:
                raise ConfigError("arm", name, "one of " + ", ".join(names))
        return meant

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back to an equal config."""
        return {
            "arms": [
                {
                    "name": arm.name,
                    "knobs": arm.knobs,
                    "schedule": [{"step": c.step, "knobs": dict(c.knobs)} for c in arm.schedule],
                }
                for arm in self.arms
            ]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunConfig:
        """Read what `to_json` wrote; ConfigError for a bad value."""
        return cls(
            tuple(
                ArmConfig.of(
                    arm["name"],
                    arm["knobs"],
                    tuple(ScheduledChange(c["step"], c["knobs"]) for c in arm["schedule"]),
                )
                for arm in data["arms"]
            )
        )


def dense_twin(arm: ArmConfig, equal: str, name: str) -> ArmConfig:
    """A dense model with the arm's active FLOPs, or with its total parameters.

    The router's N·d_model weights are spent on hidden units as well: with two matrices an expert,
    width = n·d_expert + N/2 makes the feed-forward layers equal (n = k or N) when N is even.
    Otherwise, and with three matrices (SwiGLU, N/3), the router's share is rounded, so that the
    two differ by less than one hidden unit.
    """
    experts = arm.routing.top_k if equal == "active" else arm.model.n_experts
    matrices = 3 if arm.model.activation == "swiglu" else 2
    width = experts * arm.model.d_expert + round(arm.model.n_experts / matrices)
    return dataclasses.replace(
        arm, name=name, model=dataclasses.replace(arm.model, dense_width=width), schedule=()
    )
