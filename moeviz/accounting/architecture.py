"""A whole model as an architecture: stacks of equal layers between embedding and head.

What a configuration file is read into, what the sliders make, and what every closed form takes.
Knows nothing of files or hardware.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from moeviz.accounting.parts import MixtureFeedForward, Part
from moeviz.accounting.weights import Weights, matrix, vector


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers that are alike.

    Attributes:
        n_layers: how many; they need not be adjacent.
        parts: in the order in which a token passes them.
        norm_weights: gains (and biases) of the norms of one layer, all together.
        kind: for people: "dense", "MoE", "sliding-window attention, MoE"…
        places: which layers of the model these are, from 0; () where they follow those of the
            stacks before. Stacks that differ in nothing else are alike.
    """

    n_layers: int
    parts: tuple[Part, ...]
    norm_weights: int
    kind: str = ""
    places: tuple[int, ...] = field(default=(), compare=False)

    @property
    def mixture(self) -> MixtureFeedForward | None:
        """The layers' mixture, if they have one."""
        return next((part for part in self.parts if isinstance(part, MixtureFeedForward)), None)

    def weights(self) -> tuple[Weights, ...]:
        """Of all its layers."""
        found = [each for part in self.parts for each in part.weights()]
        if self.norm_weights:
            found.append(vector("norms", "norms of the layers", self.norm_weights))
        return tuple(each.times(self.n_layers) for each in found)


@dataclass(frozen=True, slots=True)
class Architecture:
    """A language model by its sizes.

    Attributes:
        tied: input embedding and head are one matrix, counted once and multiplied once.
        two_sided: an encoder and a decoder: no token goes through all layers.
        headless: ends with hidden states, no logits: a body whose head is stored elsewhere.
        final_norm: weights of the norm before the head.
        head_bias: V numbers added to the logits.
        extra: tensors outside the layers (learnt positions, encoder norms…).
    """

    d_model: int
    vocab_size: int
    stacks: tuple[Stack, ...]
    tied: bool = False
    final_norm: int = 0
    head_bias: bool = False
    extra: tuple[Weights, ...] = ()
    headless: bool = False
    two_sided: bool = False

    @property
    def n_layers(self) -> int:
        """Of all stacks."""
        return sum(stack.n_layers for stack in self.stacks)

    def layers(self) -> tuple[Stack, ...]:
        """The stack of each layer, in the order in which a token passes them."""
        found: dict[int, Stack] = {}
        for stack in self.stacks:
            first = len(found)
            places = stack.places or range(first, first + stack.n_layers)
            found.update(dict.fromkeys(places, stack))
        return tuple(found[place] for place in sorted(found))

    def weights(self) -> tuple[Weights, ...]:
        """Every tensor of the model once, layer by layer kind."""
        table = Weights(
            "embedding", "token embedding", (self.vocab_size, self.d_model), multiplied=self.tied
        )
        found = [table, *(each for stack in self.stacks for each in stack.weights())]
        if self.final_norm:
            found.append(vector("norms", "final norm", self.final_norm))
        if not self.tied and not self.headless:
            found.append(matrix("lm_head", "output head", self.d_model, self.vocab_size))
        if self.head_bias:
            found.append(vector("lm_head", "output head bias", self.vocab_size))
        return (*found, *self.extra)
