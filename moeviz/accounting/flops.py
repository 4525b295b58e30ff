"""Operations of a forward pass, of training and of one decoded token, summand by summand.

An operation is a multiplication or an addition of a matrix product, two for each weight and token,
as torch's FlopCounterMode counts. Look-ups, norms, softmax, activations, biases and rotations are
not counted. Knows nothing of hardware: see `decode.py` for time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.bounds import whole
from moeviz.accounting.parts import FixedMixer, GroupedQueryAttention, LatentAttention
from moeviz.accounting.terms import Exact, Term, by_component, simplified, total
from moeviz.accounting.weights import Weights
from moeviz.config import ConfigError

Attention = GroupedQueryAttention | LatentAttention

Masking = Literal["full", "causal"]
MASKINGS: dict[Masking, str] = {
    "full": "every pair of positions, S × S, as plain matrix products compute it, masked or not",
    "causal": "only the pairs that the causal mask leaves: S·(S + 1)/2, or fewer with a window",
}


@dataclass(frozen=True, slots=True)
class FlopCount:
    """Operations with their summands.

    Attributes:
        tokens: how many tokens they are for, all sequences together.
    """

    terms: tuple[Term, ...]
    tokens: int

    @property
    def total(self) -> int:
        """Σ terms: operations for all tokens."""
        return int(total(self.terms))

    @property
    def per_token(self) -> Exact:
        """The mean over the tokens, exact: a window makes it a fraction."""
        return simplified(Fraction(self.total, self.tokens))

    @property
    def components(self) -> dict[str, Exact]:
        """For all tokens, by component."""
        return by_component(self.terms)


def forward_flops(
    architecture: Architecture, context: int, masking: Masking = "causal", sequences: int = 1
) -> FlopCount:
    """2·Σ multiplied active weights·T + Σ layers 2·H·(d + v)·pairs, T = sequences·context tokens.

    Dropless: every token is computed by exactly its K experts. All T logits are computed.

    Args:
        context: S, tokens of each sequence, full.
        masking: which pairs of positions are multiplied; see `MASKINGS`.

    Raises:
        ConfigError: context or sequences below 1, an unknown masking.

    Source: Kaplan et al. 2020, arXiv:2001.08361, table 1, for any attention and mixture; "full"
    is what torch's FlopCounterMode counts of eager attention.
    """
    whole("context", context), whole("sequences", sequences)
    terms = list(_weight_terms(architecture, context * sequences))
    for stack in architecture.stacks:
        for part in stack.parts:
            if isinstance(part, Attention):
                pairs = seen_pairs(context, part.window, masking)
                terms.append(_pair_term(part, stack, ("pairs of positions", pairs), sequences))
    return _counted(architecture, terms, context * sequences)


def seen_pairs(context: int, window: int | None = None, masking: Masking = "causal") -> int:
    """S² in full; causal S·(S + 1)/2; with a window W < S: S·W − W·(W − 1)/2.

    Args:
        window: W, positions that a token sees, itself included. A full product ignores it. Chunks
            (Llama 4) are counted as windows of their size, which see more: an upper bound.
    """
    if masking not in MASKINGS:
        raise ConfigError("masking", masking, "one of " + ", ".join(MASKINGS))
    if masking == "full":
        return context * context
    seen = context if window is None else min(window, context)
    return context * seen - seen * (seen - 1) // 2


def training_flops(
    architecture: Architecture, tokens: int, context: int, masking: Masking = "causal"
) -> Exact:
    """3·forward·D, no activation computed twice.

    The backward pass takes every matrix product twice: once for the gradient of each factor.

    Args:
        tokens: D, all tokens of the training.

    Source: Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
    """
    forward = forward_flops(architecture, context, masking)
    return simplified(3 * forward.per_token * Fraction(whole("tokens", tokens)))


def decode_flops(architecture: Architecture, context: int, sequences: int = 1) -> FlopCount:
    """2·Σ multiplied active weights + Σ layers 2·H·(d + v)·min(S, W), for one new token a sequence.

    The latent of latent attention is cached and attended to itself; the projection that expands it
    is applied to the query and to the result instead: 2·r_kv + r a head and position in place of
    n + r + v, its weights' operations unchanged.

    Args:
        context: S, positions seen, the new one included.

    Raises:
        ConfigError: context or sequences below 1.

    Source: absorption, DeepSeek-V2, arXiv:2405.04434, section 2.1.2.
    """
    whole("context", context), whole("sequences", sequences)
    terms = list(_weight_terms(architecture, sequences))
    for stack in architecture.stacks:
        for part in stack.parts:
            if not isinstance(part, Attention):
                continue
            seen = context if part.window is None else min(part.window, context)
            positions = ("positions seen", seen)
            if isinstance(part, LatentAttention):
                terms.append(_latent_term(part, stack, positions, sequences))
            else:
                terms.append(_pair_term(part, stack, positions, sequences))
    return _counted(architecture, terms, sequences)


def _counted(architecture: Architecture, terms: list[Term], tokens: int) -> FlopCount:
    """With what fixed mixers add."""
    for stack in architecture.stacks:
        for part in stack.parts:
            if not isinstance(part, FixedMixer):
                continue
            factors = (
                ("operations per product", 2), ("products per token", part.mixing_products),
                ("layers", stack.n_layers), ("tokens", tokens),
            )  # fmt: skip
            terms.append(Term("attention_products", f"{part.kind}, state", factors))
    return FlopCount(tuple(terms), tokens)


def _weight_terms(architecture: Architecture, tokens: int) -> Iterable[Term]:
    for each in architecture.weights():
        if each.multiplied:
            yield Term(
                _component(each),
                "output head (tied embedding)" if each.component == "embedding" else each.role,
                (
                    ("operations per weight", 2),
                    *each.named_sizes,
                    ("copies that a token uses", each.copies // each.chosen[1] * each.chosen[0]),
                    ("tokens", tokens),
                ),
            )


def _component(each: Weights) -> str:
    """A multiplied embedding is the head; attention's weights and its products are separate."""
    renamed = {"embedding": "lm_head", "attention": "attention_projections"}
    return renamed.get(each.component, each.component)


def _pair_term(part: Attention, stack: Stack, seen: tuple[str, int], sequences: int) -> Term:
    return _products("scores and weighted values", part.products_per_pair(), stack, seen, sequences)


def _latent_term(
    part: LatentAttention, stack: Stack, seen: tuple[str, int], sequences: int
) -> Term:
    wider = part.n_heads * (2 * part.kv_rank - part.nope_dim - part.value_dim)
    products = part.products_per_pair() + wider
    return _products("scores and weighted latents", products, stack, seen, sequences)


def _products(
    name: str, products: int, stack: Stack, seen: tuple[str, int], sequences: int
) -> Term:
    factors = (
        ("operations per product", 2), ("products per pair", products), ("layers", stack.n_layers),
        seen, ("sequences", sequences),
    )  # fmt: skip
    return Term("attention_products", name, factors)
