"""Sentences about costs say what is counted."""

from __future__ import annotations

import numpy as np
import pytest

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.lab_model import lab_architecture
from moeviz.accounting.memory import serving_fit
from moeviz.accounting.precision import PRECISIONS
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import size
from moeviz.analysis.cost.decoding_speed import shortfall, speed_info, speed_numbers
from moeviz.analysis.cost.flops import capacity_info
from moeviz.analysis.cost.total_vs_active import total_vs_active_info
from moeviz.analysis.distinct_experts import touched_steps
from moeviz.config import ModelConfig
from moeviz.traces import DistinctExperts
from moeviz.ui.cost.words import (
    capacity_words,
    fit_words,
    growth_words,
    name_words,
    speed_words,
    touched_words,
)

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def info(batch: int = 1, context: int = 128):
    return speed_info(Serving(MIXTRAL, HARDWARE["H100 SXM"], context=context), batch)


def test_the_words_name_the_compute_bound_batch_size_and_its_speed():
    short = info()
    assert f"From a batch size of {short.turning:,}, decoding is " in speed_words(short)
    for batch, bound in ((short.turning - 1, "memory"), (short.turning, "compute")):
        assert decode_step(short.serving, batch).bound == bound
    assert speed_words(short).replace("\u00a0", " ").endswith("the speed of a dense 12.7 B model.")


def test_the_words_say_that_every_batch_is_memory_bound_where_the_cache_is_long():
    long = info(context=4096)
    assert long.turning is None
    assert "memory-bound](glossary?term=memory-bound) at every batch size" in speed_words(long)
    far = decode_step(long.serving, 10**7)
    assert far.memory_seconds > far.compute_seconds


def test_the_words_say_where_every_batch_is_compute_bound():
    slow = Hardware("slow", 1e9, 1e15, 1e12)
    said = speed_words(speed_info(Serving(MIXTRAL, slow), 1))
    assert "compute-bound](glossary?term=compute-bound) at every batch size" in said


@pytest.mark.parametrize(
    ("held", "dense"), [("bf16", "bf16"), ("int4", "int4"), ("gpt-oss", "bf16")]
)
def test_the_words_name_the_format_of_the_dense_model(held, dense):
    serving = Serving(MIXTRAL, HARDWARE["H100 SXM"], PRECISIONS[held], 128)
    told = speed_info(serving, 1)
    assert f" model in {dense}. With larger batches" in speed_words(told)
    (like,) = (each for each in speed_numbers(told) if each.label == "Same speed as a dense model")
    assert f"Weights in {dense} of a dense model" in like.source


def fitting(devices: int, batch: int, context: int = 4096) -> str:
    one = HARDWARE["H100 SXM"]
    serving = Serving(MIXTRAL, one.times(devices), context=context)
    short = shortfall(serving, one, batch)
    return fit_words(short, serving.hardware.name, batch).replace("\u00a0", " ")


def test_weights_that_do_not_fit_are_told_with_what_would_hold_them():
    told = fitting(1, 1)
    assert told.startswith(
        "**The weights do not fit.** Weights and the KV cache of one sequence need 93"
    )
    assert "H100 SXM has 80.0 GB, of which 10.0 % is kept free. 2 accelerators would" in told
    assert not fitting(2, 1)


def test_caches_that_do_not_fit_are_told_from_the_batch_on_that_memory_tells():
    room = serving_fit(MIXTRAL, HARDWARE["H100 SXM"].times(2), 4096).sequences
    assert not fitting(2, room)
    told = fitting(2, room + 1)
    assert told.startswith(
        f"**The weights fit, the KV cache does not.** Weights and the KV caches of {room + 1}"
    )
    assert "3 accelerators would be enough" in told
    assert not fitting(3, room + 1)


def test_padding_at_even_routing_is_said():
    """A factor of 1.25 pads one slot in five."""
    words = capacity_words(capacity_info(MIXTRAL, 1.25, 8192), 1.25, 8)
    assert "**20.0 %**" in words.replace("\u00a0", " ")


def test_a_single_slot_is_no_slots():
    assert "each of 8 experts 1 capacity slot: 8 slots for 2 assignments." in capacity_words(
        capacity_info(MIXTRAL, 1, 1), 1, 8
    )
    assert "each of 8 experts 2 capacity slots: 16 slots" in capacity_words(
        capacity_info(MIXTRAL, 1, 8), 1, 8
    )


def test_the_sums_in_words_are_those_of_the_model():
    sums = total_vs_active_info(MIXTRAL, "Mixtral", MIXTRAL, 64).sums
    words = name_words(sums).replace("\u00a0", " ")
    assert "Total: 1.61 B + 8 · 5.64 B = **46.7 B**, not 57.9 B." in words
    assert "With 8 experts instead of 1, the model has 6.45× the parameters" in growth_words(sums)


def test_what_a_live_model_touches_is_said_beside_even_routing():
    found = DistinctExperts(
        step=7, n_experts=8, top_k=2, batch_sizes=np.array([1, 2, 4]), steps=np.array([4, 2, 1]),
        touched=np.array([[2.0, 3.0, 5.0], [2.0, 2.5, 3.0]]),
    )  # fmt: skip
    model = lab_architecture(ModelConfig(n_experts=8, n_layers=2), 2)
    step = touched_steps(found, Serving(model, HARDWARE["H100 SXM"], context=64))[1]
    words = touched_words(found, step)
    assert "would use 3.50 experts of a layer" in words
    assert "uses **2.75**" in words
    read, spared = size(step.routed.total_bytes), size(step.even.total_bytes)
    assert f"reads {read} instead of {spared}." in words
    alone = touched_steps(found, Serving(model, HARDWARE["H100 SXM"], context=64))[0]
    assert touched_words(found, alone).endswith(f"as many bytes, {size(alone.even.total_bytes)}.")


def test_a_model_with_one_expert_is_not_told_that_its_size_is_another():
    one = type(SKETCHES["mixtral-8x7b"][1])(n_experts=1, top_k=1).architecture()
    sums = total_vs_active_info(one, "Mixtral", one, 64).sums
    assert name_words(sums) == ""
    assert "instead of 1" not in growth_words(sums)
