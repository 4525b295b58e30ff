"""A model at rest and what it answers: questions of `traces` in, records out.

Built from a trainer's model or from a checkpoint; changes neither. Knows nothing of steps,
optimisers, files or who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from moeviz.config import ArmConfig, ConfigError, check_live
from moeviz.data.corpus import Corpus
from moeviz.model.transformer import LanguageModel
from moeviz.routing.names import check_names
from moeviz.traces import Question


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A trained model with all that a question may need.

    Attributes:
        arm: with the knobs in force at `step`.
        selection_bias: (L, E).
    """

    step: int
    arm: ArmConfig
    model: LanguageModel
    selection_bias: Tensor
    corpus: Corpus

    def for_question(self, question: Question) -> Probe:
        """The same model under the question's own knobs; ConfigError when they make no sense."""
        if self.arm.model.is_dense:
            raise ConfigError("model", question.arm, "a model with a router")
        knobs = check_live(question.knobs)
        check_names(knobs)
        arm = self.arm.with_knobs(knobs)
        return Probe(self.step, arm, self.model, self.selection_bias, self.corpus)


Answerer = Callable[[Probe, Any], Any]
