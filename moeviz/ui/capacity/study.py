"""What the capacity lab asks a model, and which of the answers belong together.

Knows questions and answers; knows nothing of widgets or of how anything is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moeviz.analysis.capacity import (
    CurvePoint,
    Dependence,
    DropRates,
    capacity_curve,
    cost_above,
    drop_rates,
    worst_dependence,
)
from moeviz.config import DROP_POLICIES
from moeviz.traces import (
    STUDY_BATCHES,
    BatchDependence,
    BatchQuestion,
    BatchRouting,
    CapacityPointQuestion,
    DependenceQuestion,
    Question,
)
from moeviz.ui.inspect.studies import Subject, known

CURVE_FACTORS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class CapacityStudy:
    """One model with the page's routing, and everything that is measured on it.

    Attributes:
        knobs: of every question, the page's capacity factor and policy included.
        sequences: the ones that the page shows; their dependence on the batch is measured.
    """

    subject: Subject
    knobs: Mapping[str, Any]
    sequences: tuple[int, ...] = ()

    @property
    def factor(self) -> float | None:
        """The capacity factor that is asked about; None: dropless."""
        factor: float | None = self.knobs["capacity_factor"]
        return factor

    @property
    def policy(self) -> str:
        """The drop policy that is asked about."""
        return str(self.knobs["drop_policy"])

    @property
    def batch_question(self) -> BatchQuestion:
        """The one that the page's picture is drawn from."""
        return BatchQuestion(self.subject.arm, self.knobs)

    def questions(self) -> list[Question]:
        """All questions for the background: first the quick ones that are shown first."""
        policies = DROP_POLICIES if self.factor is not None else ()
        return [
            *[self._batch(policy) for policy in policies],
            *[self._dependence(policy, s) for policy in (None, *policies) for s in self.sequences],
            *[self._point(f, b) for b in range(STUDY_BATCHES) for f in (None, *CURVE_FACTORS)],
        ]

    def drop_rates(self, layer: int) -> dict[str, DropRates]:
        """By policy, as far as they are known."""
        answers: dict[str, BatchRouting | None] = {
            policy: known(self.subject, self._batch(policy)) for policy in DROP_POLICIES
        }
        return {name: drop_rates(each, layer) for name, each in answers.items() if each}

    def cost(self, policy: str | None) -> float | None:
        """What a policy costs the shown batch, if it is known. No policy: dropless."""
        dropless = known(self.subject, self._point(None, 0))
        routed = dropless if policy is None else known(self.subject, self._batch(policy))
        return cost_above(dropless, routed)

    def dependence(self, policy: str | None) -> Dependence | None:
        """The worst over the shown sequences; None until one is known. No policy: dropless."""
        answers = [self.dependence_of(policy, s) for s in self.sequences]
        return worst_dependence([each for each in answers if each])

    def dependence_of(self, policy: str | None, sequence: int) -> BatchDependence | None:
        """Of one sequence, if it is known."""
        answer: BatchDependence | None = known(self.subject, self._dependence(policy, sequence))
        return answer

    def curve(self) -> tuple[CurvePoint, ...]:
        """As far as it is known."""
        asked = (
            self._point(factor, batch)
            for batch in range(STUDY_BATCHES)
            for factor in (None, *CURVE_FACTORS)
        )
        answers = (known(self.subject, question) for question in asked)
        return capacity_curve(each for each in answers if each)

    def _with(self, **changes: Any) -> dict[str, Any]:
        return {**self.knobs, **changes}

    def _batch(self, policy: str) -> BatchQuestion:
        return BatchQuestion(self.subject.arm, self._with(drop_policy=policy))

    def _point(self, factor: float | None, batch: int) -> CapacityPointQuestion:
        knobs = self._with(capacity_factor=factor)
        return CapacityPointQuestion(self.subject.arm, knobs, batch)

    def _dependence(self, policy: str | None, sequence: int) -> DependenceQuestion:
        knobs = (
            self._with(capacity_factor=None) if policy is None else self._with(drop_policy=policy)
        )
        return DependenceQuestion(self.subject.arm, knobs, sequence)
