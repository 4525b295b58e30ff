"""The shape of a model."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.config.errors import ConfigError
from moeviz.config.group import Validated
from moeviz.config.knob import knob

ACTIVATIONS = ("gelu", "swiglu")


@dataclass(frozen=True, slots=True)
class ModelConfig(Validated):
    """The shape of the model. A change of any field needs a new run."""

    n_experts: int = knob(
        "int",
        16,
        "Experts E",
        "E, the number of routed experts in each layer.",
        low=2,
        high=64,
        flag="--experts",
        url="experts",
    )
    n_layers: int = knob(
        "int",
        2,
        "Layers",
        "L, the number of transformer blocks. Each has its own router and experts.",
        low=1,
        high=8,
        flag="--layers",
        url="layers",
    )
    d_model: int = knob(
        "int",
        64,
        "Model width",
        "d_model, the length of the vector that represents a token between layers.",
        low=16,
        high=256,
        multiple_of=4,
    )
    d_expert: int = knob(
        "int",
        128,
        "Expert width",
        "d_expert, the hidden units of one expert. Its parameters and FLOPs grow in proportion.",
        low=16,
        high=512,
        multiple_of=4,
    )
    n_heads: int = knob(
        "int",
        4,
        "Attention heads",
        "Heads of the attention in each layer. Must divide the model width.",
        low=1,
        high=16,
        flag="--heads",
        url="heads",
    )
    context_length: int = knob(
        "int",
        64,
        "Sequence length",
        "Tokens in one training sequence. Attention looks back at most this far.",
        low=8,
        high=256,
        steps="doubling",
        url="context",
    )
    vocab_size: int = knob(
        "int",
        512,
        "Vocabulary",
        "Entries of the tokenizer's vocabulary. The tokenizer is trained on the lab's text.",
        low=300,
        high=2048,
        step=64,
        url="vocab",
    )
    activation: str = knob(
        "choice",
        "gelu",
        "Activation",
        "Activation function of an expert. GELU needs two matrices per expert, SwiGLU three.",
        choices=ACTIVATIONS,
    )
    dense_width: int = knob(
        "int",
        0,
        "Dense width",
        "0 = a Mixture-of-Experts model. Above 0 = a dense model whose feed-forward networks have "
        "this hidden width.",
        low=0,
        high=65_536,
        controls="none",
    )

    def _check_together(self) -> None:
        if self.d_model % self.n_heads:
            bound = f"a divisor of {{}} ({self.d_model})"
            raise ConfigError("n_heads", self.n_heads, bound, ("d_model",))

    @property
    def is_dense(self) -> bool:
        """Whether one dense feed-forward network stands in for router and experts."""
        return self.dense_width > 0
