"""What a model writes: greedy decoding, token by token, of a model at rest.

Recomputes the whole context for each token: at a few dozen tokens a key-value cache would save
little and be one more thing to explain. Knows nothing of who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import torch

from moeviz.config import ConfigError
from moeviz.traces import (
    CONTINUED_TOKENS,
    MAX_PROMPT_CHARACTERS,
    MAX_PROMPTS,
    ContinuationQuestion,
    Continuations,
)
from moeviz.training.probe import Probe
from moeviz.training.tracing import traced

if TYPE_CHECKING:
    from jaxtyping import Int
    from torch import Tensor


def continuations(probe: Probe, question: ContinuationQuestion) -> Continuations:
    """CONTINUED_TOKENS tokens after each prompt, each the most probable one after those before it.

    The model sees the last context_length tokens.
    """
    _check(question.prompts)
    tokenizer = probe.corpus.tokenizer
    whole = [each.encode(errors="replace").decode() for each in question.prompts]  # lone surrogates
    rows = [tokenizer.encode(each).tolist() for each in whole]
    for _ in range(CONTINUED_TOKENS):
        contexts = [torch.tensor(row[-probe.arm.model.context_length :]) for row in rows]
        for row, token in zip(rows, _next_tokens(probe, contexts), strict=True):
            row.append(token)
    texts = tuple(tokenizer.decode(row[-CONTINUED_TOKENS:]) for row in rows)
    return Continuations(probe.step, texts)


def _check(prompts: Sequence[str]) -> None:
    """The refusal does not repeat what a visitor wrote."""
    if not 1 <= len(prompts) <= MAX_PROMPTS:
        raise ConfigError("prompts", len(prompts), f"1 to {MAX_PROMPTS} texts")
    for each in prompts:
        if not 1 <= len(each) <= MAX_PROMPT_CHARACTERS:
            raise ConfigError("prompt", len(each), f"1 to {MAX_PROMPT_CHARACTERS} characters long")


def _next_tokens(probe: Probe, contexts: Sequence[Int[Tensor, " _"]]) -> list[int]:
    """The most probable next token of each context.

    Contexts are computed in one batch where that changes none of them: without a capacity limit,
    by a router that gives each token its own k experts.
    """
    if probe.arm.routing.capacity_factor is None:
        logits, passes = traced(probe, contexts)
        if all(each.routing.assignments.chosen.top_k is not None for each in passes):
            ends = torch.tensor(list(accumulate(map(len, contexts)))) - 1
            return list(map(int, logits[ends].argmax(-1)))
    alone = (traced(probe, [each])[0] for each in contexts)
    return [int(logits[-1].argmax()) for logits in alone]
