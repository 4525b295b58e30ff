"""The figures of content: a strict template engine and the closed forms that it may call.

`{{ percent(1 / experts) }}` in a text is filled with words, `100 / experts` in a field is a number.
An unknown name, model or argument is an error, never an empty place. Knows no content.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import comb, exp, log
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from moeviz.accounting import units
from moeviz.accounting.distinct import distinct_experts
from moeviz.accounting.released import released_model
from moeviz.accounting.sketch import SKETCHES, Sketch
from moeviz.accounting.total_and_active import TotalAndActive, total_and_active
from moeviz.config import ArmConfig, RunConfig
from moeviz.routing.capacity import expert_capacity


def run_figures(config: RunConfig | None) -> dict[str, Any]:
    """What content may say of a run: its first model with a router, or else the default one."""
    routed = [arm for arm in (config.arms if config else ()) if not arm.model.is_dense]
    arm = routed[0] if routed else ArmConfig("A")
    return {
        "experts": arm.model.n_experts,
        "top_k": arm.routing.top_k,
        "layers": arm.model.n_layers,
        "tokens": arm.train.batch_size * arm.model.context_length,
    }


class Figures:
    """What texts and fields are filled with.

    Args:
        run: of `run_figures`. given: a block's own names.
    """

    def __init__(self, run: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> None:
        self._names = {"run": run, **_FORMULAS, **(given or {})}

    def with_given(self, given: Mapping[str, Any]) -> Figures:
        """The same with names of a block: a text is an expression, in terms of those before it."""
        figures = self
        for name, value in given.items():
            known = figures.value(value) if isinstance(value, str) else value
            figures = Figures(self._names["run"], {**figures._names, name: known})
        return figures

    def fill(self, text: str) -> str:
        """The text with each `{{ expression }}` as words.

        Raises:
            jinja2.TemplateError: a name that there is not, or no expression.
        """
        return _ENGINE.from_string(text).render(self._names)

    def value(self, expression: str) -> Any:
        """What an expression is; raises as `fill` does."""
        found = _ENGINE.compile_expression(expression, undefined_to_none=False)(**self._names)
        if isinstance(found, StrictUndefined):
            str(found)  # raises, and names it
        return found


def shown(value: Any) -> Any:
    """A number as text has it: whole ones in full, others to three significant digits."""
    if isinstance(value, bool | str):
        return value
    if value == int(value):
        return units.exact(int(value))
    return units.number(Fraction(f"{float(value):.3g}"))


def _total(model: str) -> int:
    return released_model(model).count().total


def _active(model: str, convention: str = "all") -> int:
    return released_model(model).count().active[convention]  # type: ignore[index]


def _sketch(name: str) -> Sketch:
    return SKETCHES[name][1]


def _sums(name: str) -> TotalAndActive:
    found = total_and_active(_sketch(name).architecture())
    if found is None:
        raise ValueError(f"the MoE layers of {name} are not alike")
    return found


def _entropy(load: list[float]) -> float:
    """In nats."""
    return -sum(share * log(share) for share in load if share)


_FORMULAS: Mapping[str, Any] = {
    "count": units.count,
    "comb": comb,
    "exp": exp,
    "log": log,
    "total": _total,
    "active": _active,
    "sketch": _sketch,
    "sums": _sums,
    "capacity": expert_capacity,
    "distinct_experts": distinct_experts,
    "entropy": _entropy,
}
_ENGINE = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=shown, autoescape=False)
