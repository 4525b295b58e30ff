"""What serving takes: as many accelerators as hold it, and the roofline of exactly these."""

from __future__ import annotations

import json

import pytest

from moeviz.accounting.config_json import read_config_json
from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.released import released_model
from moeviz.analysis.cost.answer import answer_table, answers, memory_numbers, speed_numbers
from tests.architectures import MIXTRAL_8X7B


def answer(architecture, one, *more):
    """On one kind of accelerator."""
    (found,) = answers(architecture, [one], *more)
    return found


H100, CARD = HARDWARE["H100 SXM"], HARDWARE["RTX 4090"]
LLAMA = {
    "model_type": "llama", "vocab_size": 128_256, "hidden_size": 4096, "intermediate_size": 14_336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "tie_word_embeddings": False,
}  # fmt: skip
"""Llama-3.1-8B: 8,030,261,248 parameters."""


def test_mixtral_in_16_bits_needs_two_h100():
    """93.4 GB of weights; one usable H100 has 72 GB. A sequence of 4,096 tokens caches 0.54 GB."""
    found = answer(MIXTRAL_8X7B, H100, "bf16", "bf16", 4096, 1)
    needed, fits = memory_numbers(found)
    assert (found.needed, needed.exact) == (2, "2")
    assert fits.exact == f"{(144 * 10**9 - 2 * 46_702_792_704) // 536_870_912:,}"


@pytest.mark.parametrize(("sequences", "needed"), [(94, 2), (95, 3)])
def test_more_sequences_need_more_accelerators(sequences, needed):
    """(144 GB − 93.4 GB) / 0.537 GB = 94.2 sequences fit on two."""
    assert answer(MIXTRAL_8X7B, H100, "bf16", "bf16", 4096, sequences).needed == needed


def test_fewer_bits_need_fewer_accelerators():
    assert answer(MIXTRAL_8X7B, CARD, "bf16", "bf16", 4096, 1).needed == 5
    assert answer(MIXTRAL_8X7B, CARD, "int4", "bf16", 4096, 1).needed == 2


def test_a_batch_is_as_large_as_asked_for_or_all_that_fits():
    alone = answer(MIXTRAL_8X7B, H100, "bf16", "bf16", 4096, 1)
    assert (alone.alone.batch, alone.batch.batch) == (1, 94)
    assert answer(MIXTRAL_8X7B, H100, "bf16", "bf16", 4096, 8).batch.batch == 8


def test_speeds_are_those_of_the_page_decoding_speed_and_say_at_most():
    found = answer(MIXTRAL_8X7B, H100, "bf16", "bf16", 4096, 8)
    serving = Serving(MIXTRAL_8X7B, H100.times(2), context=4096)
    for number, batch in zip(speed_numbers(found), (1, 8), strict=True):
        rate = decode_step(serving, batch).tokens_per_second
        assert number.exact == f"at most {rate:,.2f}"


def test_a_dense_model_counts_too():
    """Two bytes for each of 8,030,261,248 parameters, and 131,072 bytes a token, fit in 21.6 GB.

    A token reads all of them but the input embedding, 128,256 rows of 4,096, and its own row.
    """
    model = read_config_json(json.dumps(LLAMA)).architecture
    found = answer(model, CARD, "bf16", "bf16", 4096, 1)
    assert found.needed == 1
    assert found.memory.fit.sequences == (216 * 10**8 - 2 * 8_030_261_248) // (131_072 * 4096)
    read = 2 * (8_030_261_248 - 128_255 * 4096) + 131_072 * 4096
    assert found.alone.tokens_per_second == pytest.approx(1008e9 / read)


def test_a_model_of_two_sides_has_no_speed_but_a_size():
    two_sided = released_model("Switch-C").architecture()
    found = answer(two_sided, H100, "bf16", "bf16", 512, 1)
    assert speed_numbers(found) == ()
    assert found.needed > 40
    table = answer_table([found])
    assert len(table.rows[0]) == len(table.header)


def test_the_table_has_a_row_for_each_kind_and_its_titles_say_at_most():
    table = answer_table(answers(MIXTRAL_8X7B, HARDWARE.values(), "bf16", "bf16", 4096, 1))
    assert [row[0].shown for row in table.rows] == list(HARDWARE)
    assert [row[2].value for row in table.rows] == [2, 2, 1, 1, 3, 5, 1]
    assert all(len(row) == len(table.header) == len(table.units) for row in table.rows)
    rates = [title for title in table.header if "Tokens" in title]
    assert len(rates) == 2
    assert all("at most" in title for title in rates)


def test_summands_of_the_need_are_weights_caches_and_the_memory_of_one():
    needed, _ = memory_numbers(answer(MIXTRAL_8X7B, H100, "bf16", "bf16", 4096, 3))
    assert [value for *_, value in needed.terms] == [
        f"{2 * 46_702_792_704:,}", f"{3 * 536_870_912:,}", f"{72 * 10**9:,}",
    ]  # fmt: skip
