"""What a session keeps of answers: bounded in bytes, the latest used ones stay."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from moeviz.traces import BatchQuestion, CapacityPointQuestion
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.inspect.kept_answers import KEPT_ANSWER_BYTES, KeptAnswers, memory_bytes
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState

SIZE = memory_bytes(np.zeros(1000))


def numbered(number: int) -> Any:
    return np.full(1000, float(number))


def test_the_least_recently_used_answers_go_when_the_bytes_are_spent() -> None:
    answers = KeptAnswers(3 * SIZE)
    for number in range(3):
        answers.keep(number, numbered(number))
    assert answers.get(0)[0] == 0
    answers.keep(3, numbered(3))
    assert [number in answers for number in range(4)] == [True, False, True, True]
    assert answers.get(1) is None


def test_small_answers_are_kept_however_many_they_are() -> None:
    answers = KeptAnswers()
    for number in range(1000):
        answers.keep(number, (float(number),))
    assert answers.get(0) == (0.0,)


def test_an_answer_larger_than_all_room_is_kept_until_the_next() -> None:
    answers = KeptAnswers(SIZE // 2)
    answers.keep("large", numbered(1))
    assert "large" in answers
    answers.keep("next", numbered(2))
    assert ("large" in answers, "next" in answers) == (False, True)


@pytest.fixture(scope="module")
def largest() -> LockstepTrainer:
    """As many layers and experts per token as a model may have."""
    knobs = {**DEFAULT_SHARED, "n_layers": 8, "top_k": 8, "n_experts": 64, "d_model": 16}
    config = LabState(arms="a", shared={**knobs, "d_expert": 16, "n_heads": 2}).run_config()
    return LockstepTrainer(config)


def vars_of(record: Any) -> list[Any]:
    return [getattr(record, each.name) for each in dataclasses.fields(record)]


def test_the_memory_of_a_record_is_that_of_its_arrays_and_words(largest: LockstepTrainer) -> None:
    routing = largest.answer(BatchQuestion("A", {"capacity_factor": 1.25}))
    records = [each for layer in routing.layers for each in (layer, layer.assignments)]
    arrays = [each for one in records for each in vars_of(one) if isinstance(each, np.ndarray)]
    arrays += [routing.domain, routing.cross_entropy]
    assert sum(each.nbytes for each in arrays) < memory_bytes(routing)
    assert memory_bytes(routing) < 1.2 * sum(each.nbytes for each in arrays)


def test_a_whole_study_of_the_largest_model_is_kept(largest: LockstepTrainer) -> None:
    """Else it would ask for what it has lost, for ever."""
    routing = memory_bytes(largest.answer(BatchQuestion("A", {"capacity_factor": 1.25})))
    point = memory_bytes(largest.answer(CapacityPointQuestion("A", {"capacity_factor": 1.25})))
    assert 6 * routing + 400 * point < KEPT_ANSWER_BYTES
