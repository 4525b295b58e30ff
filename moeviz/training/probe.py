"""A model at rest and what it answers: questions of `traces` in, records out.

Built from a trainer's model or from a checkpoint; changes neither. Knows nothing of steps,
optimisers, files or who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from moeviz.config import ArmConfig, ConfigError, check_live
from moeviz.data.corpus import Corpus
from moeviz.model.transformer import LanguageModel
from moeviz.routing.names import check_names
from moeviz.traces import Question
from moeviz.training.method_state import carried_state, check_parameters

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A trained model with all that a question may need.

    Attributes:
        arm: with the knobs in force at `step`.
        method_state: what router and balancer keep from step to step, (L, …) by name.
    """

    step: int
    arm: ArmConfig
    model: LanguageModel
    method_state: Mapping[str, Shaped[Tensor, "L ..."]]
    corpus: Corpus

    def for_question(self, question: Question) -> Probe:
        """The same model under the question's own knobs; ConfigError when they make no sense.

        Router and balancer keep what they would keep after a change to these knobs.
        """
        if question.needs_router and self.arm.model.is_dense:
            raise ConfigError("model", question.arm, "a model with a router")
        knobs = check_live(question.knobs)
        check_names(knobs)
        arm = self.arm.with_knobs(knobs)
        check_parameters(self.model, arm)
        state = carried_state(self.method_state, self.arm, arm)
        return Probe(self.step, arm, self.model, state, self.corpus)

    @property
    def selection_bias(self) -> Float[Tensor, "L E"]:
        """What is added to the scores that are ranked; 0 where nothing keeps one."""
        shape = self.arm.model.n_layers, self.arm.model.n_experts
        return self.method_state.get("selection_bias", torch.zeros(shape))


Answerer = Callable[[Probe, Any], Any]
