"""The question how a model continues some texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from moeviz.traces.question import Question, ReadOnly

CONTINUED_TOKENS = 12
"""Tokens that a model writes after each prompt."""

MAX_PROMPTS = 3
MAX_PROMPT_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class ContinuationQuestion(Question):
    """How does the model continue these texts? Answered by Continuations, also by a dense model.

    Attributes:
        prompts: at most MAX_PROMPTS of at most MAX_PROMPT_CHARACTERS, none empty; any Unicode.
    """

    needs_router: ClassVar[bool] = False

    prompts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Continuations(ReadOnly):
    """What a model writes after each prompt, the prompt left out.

    Attributes:
        step: of the model that answered.
        texts: one a prompt, of CONTINUED_TOKENS tokens; bytes that are no UTF-8 become U+FFFD.
    """

    step: int
    texts: tuple[str, ...]
