"""What a model writes, against its own argmax in a plain loop: one text at a time, no batch."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from moeviz.config import ArmConfig, ConfigError, RunConfig
from moeviz.records import COLUMNS
from moeviz.traces import (
    CONTINUED_TOKENS,
    MAX_PROMPT_CHARACTERS,
    MAX_PROMPTS,
    ContinuationQuestion,
)
from moeviz.training.answers import answer
from moeviz.training.arm import ArmTrainer
from moeviz.training.lockstep import LockstepTrainer
from moeviz.training.probe import Probe
from tests.other_routers import FAKES, known
from tests.other_routers import arm as other_arm

SMALL = {"d_model": 16, "d_expert": 16, "context_length": 16, "batch_size": 8, "n_experts": 4}
SPREAD = {"embedding": 1.0, "positions": 1.0}
PROMPTS = ("2 + 2 =", "def ", "ein Haus, a line that is longer than the context of this model")


def lively(**knobs) -> Probe:
    return probe_of(ArmConfig.of("A", {**SMALL, **knobs}))


def probe_of(arm: ArmConfig) -> Probe:
    """Of a model that writes something else after each text: few steps would give it one answer."""
    trainer = ArmTrainer(arm)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in trainer.model.named_parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * SPREAD.get(name, 0.3))
    trainer.step()
    return trainer.probe()


def written(probe: Probe, prompt: str) -> str:
    """Each token is the one with the highest logit after the last context_length tokens."""
    tokenizer, routing = probe.corpus.tokenizer, probe.arm.routing
    ids = [int(each) for each in tokenizer.encode(prompt)]
    begin = len(ids)
    for _ in range(CONTINUED_TOKENS):
        context = ids[-probe.arm.model.context_length :]
        with torch.no_grad():
            logits, _ = probe.model(torch.tensor([context]), routing, probe.method_state)
        scores = logits[0, -1].tolist()
        ids.append(scores.index(max(scores)))
    return tokenizer.decode(ids[begin:])


@pytest.mark.parametrize(
    "knobs",
    [
        {"top_k": 1},
        {"top_k": 2},
        {"top_k": 1, "capacity_factor": 0.5},
        {"top_k": 2, "capacity_factor": 0.5},
        {"balancer": "bias_sign", "router": "sigmoid_bias_groups"},
        {"dense_width": 16},
    ],
)
def test_it_writes_what_its_own_argmax_gives_token_by_token(knobs):
    probe = lively(**knobs)
    found = answer(probe, ContinuationQuestion("A", {}, PROMPTS))
    assert found.step == 1
    assert found.texts == tuple(written(probe, prompt) for prompt in PROMPTS)
    assert len(set(found.texts)) == len(PROMPTS)


@pytest.mark.parametrize("kind", FAKES)
def test_no_text_changes_what_another_becomes_whatever_the_router(kind, monkeypatch):
    probe = probe_of(other_arm(known(kind, monkeypatch)))
    found = answer(probe, ContinuationQuestion("A", {}, PROMPTS))
    assert found.texts == tuple(written(probe, prompt) for prompt in PROMPTS)


def test_a_question_changes_nothing_in_the_run():
    asked, alone = (LockstepTrainer(RunConfig((ArmConfig.of("A", SMALL),))) for _ in range(2))
    for _ in range(3):
        asked.answer(ContinuationQuestion("A", {}, PROMPTS))
        one, other = asked.step()["A"], alone.step()["A"]
        for column in COLUMNS:
            assert np.array_equal(getattr(one, column), getattr(other, column), equal_nan=True)


def test_knobs_of_the_question_hold():
    probe = lively(top_k=1)
    two = dataclasses.replace(probe, arm=probe.arm.with_knobs({"top_k": 2}))
    found = answer(probe, ContinuationQuestion("A", {"top_k": 2}, PROMPTS))
    assert found.texts == tuple(written(two, prompt) for prompt in PROMPTS)


@pytest.mark.parametrize("prompt", ["\x00", "\ud800", "🙂" * MAX_PROMPT_CHARACTERS, "\n", "Ω≈ç"])
def test_any_text_is_continued(prompt):
    found = answer(lively(), ContinuationQuestion("A", {}, (prompt,)))
    assert len(found.texts) == 1
    assert found.texts[0].encode()


@pytest.mark.parametrize(
    ("prompts", "words"),
    [
        ((), "prompts must be 1 to 3 texts, got 0"),
        (("a",) * (MAX_PROMPTS + 1), "prompts must be 1 to 3 texts, got 4"),
        (("",), "prompt must be 1 to 64 characters long, got 0"),
        (("secret " * 10,), "prompt must be 1 to 64 characters long, got 70"),
    ],
)
def test_what_is_too_much_is_refused_without_repeating_it(prompts, words):
    trainer = ArmTrainer(ArmConfig.of("A", SMALL))
    with pytest.raises(ConfigError) as refused:
        answer(trainer.probe(), ContinuationQuestion("A", {}, prompts))
    assert str(refused.value) == words
