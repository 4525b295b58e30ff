"""Small models whose routers have opinions, and questions to them: what traces are drawn from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from moeviz.config import ArmConfig, ModelConfig, RoutingConfig
from moeviz.data.corpus import load_corpus
from moeviz.model.transformer import LanguageModel
from moeviz.training.probe import Probe
from tests.strategies import model_configs, routing_configs, seeds

VOCAB_SIZE = 300
WORDS = (
    "the",
    "router",
    "sends",
    "each",
    "token",
    "7",
    "+",
    "8",
    "=",
    "15",
    "ein",
    "Haus",
    "🙂",
    "\n",
)


def lively_model(config: ModelConfig, seed: int) -> LanguageModel:
    """A fresh model that is as decided as a trained one: a fresh router is nearly even."""
    model = LanguageModel(config, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        model.head.weight.mul_(10)
        for block in model.blocks:
            block.feed_forward.router.weight.mul_(5)
            block.feed_forward.experts.w_out.mul_(3)
    return model


@dataclass(frozen=True)
class TraceCase:
    """What a model, its routing and a text are made from; the test itself makes them."""

    config: ModelConfig
    routing: RoutingConfig
    text: str
    noise_seed: int | None
    bias_scale: float
    seed: int

    def model(self) -> LanguageModel:
        return lively_model(self.config, self.seed)

    def bias(self) -> Tensor:
        shape = (self.config.n_layers, self.config.n_experts)
        generator = torch.Generator().manual_seed(self.seed)
        return self.bias_scale * torch.randn(shape, generator=generator)

    def noise(self) -> torch.Generator | None:
        seed = self.noise_seed
        return None if seed is None else torch.Generator().manual_seed(seed)

    def full_sequences(self, count: int) -> Tensor:
        """(count, S) random tokens."""
        return torch.randint(
            self.config.vocab_size,
            (count, self.config.context_length),
            generator=torch.Generator().manual_seed(self.seed),
        )

    def probe(self) -> Probe:
        arm = ArmConfig(name="A", model=self.config, routing=self.routing)
        return Probe(3, arm, self.model(), {"selection_bias": self.bias()}, load_corpus(VOCAB_SIZE))


@st.composite
def trace_cases(draw: st.DrawFn, **fixed: Any) -> TraceCase:
    """Every rule, policy and capacity, with and without noise and bias; `fixed` routing knobs."""
    config = dataclasses.replace(draw(model_configs()), vocab_size=VOCAB_SIZE)
    routing = draw(routing_configs(config.n_experts))
    knobs = {"router_noise": draw(st.sampled_from([0.0, 0.5])), **fixed}
    return TraceCase(
        config=config,
        routing=dataclasses.replace(routing, **knobs),
        text=" ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))),
        noise_seed=draw(st.none() | seeds),
        bias_scale=draw(st.sampled_from([0.0, 0.3])),
        seed=draw(seeds),
    )
