"""The KV cache of each attention type in numbers, bars and a table: the same values in each."""

from __future__ import annotations

import pytest

from moeviz.analysis.cost.cache_kinds import cache_kinds, kind_numbers, kind_rows, kind_table
from tests.architectures import DEEPSEEK_V3, MIXTRAL_8X7B

PAIRS = [(MIXTRAL_8X7B, 2 * 32 * 128 * 32), (DEEPSEEK_V3, 61 * 128 * 320)]


@pytest.mark.parametrize(("architecture", "multi_head"), PAIRS)
def test_numbers_bars_and_table_agree_on_multi_head_attention(architecture, multi_head):
    kinds = cache_kinds(architecture, "bf16", 1000, 3)
    total = 2 * 3 * 1000 * multi_head
    numbers = {each.label: each for each in kind_numbers(kinds)}
    assert numbers["Multi-head (MHA)"].exact == f"{total:,} bytes"
    assert f"A token adds {multi_head:,} elements" in numbers["Multi-head (MHA)"].source
    rows = {row.title: row for row in kind_rows(kinds)}
    assert rows["Multi-head (MHA)"].total == total
    assert ["Multi-head (MHA)", multi_head, 2 * multi_head, total] in kind_table(kinds).in_full


def test_a_bar_says_how_many_times_the_models_own_it_is():
    said = {row.title: row.said for row in kind_rows(cache_kinds(MIXTRAL_8X7B, "bf16", 512, 1))}
    assert said["Multi-head (MHA)"].endswith("(4.00×)")
    assert "×" not in said["As built"]


def test_each_summand_is_its_factors():
    own, multi_head, *_ = kind_numbers(cache_kinds(MIXTRAL_8X7B, "bf16", 4096, 1))
    ((_, product, value),) = own.terms
    assert product.startswith("8 key-value heads · 256 numbers per key and value · 32 layers")
    assert value == f"{2 * 65_536 * 4096:,}"
    assert "32 key-value heads" in multi_head.terms[0][1]


def test_a_format_of_a_fraction_of_a_byte_makes_plain_numbers_for_a_file():
    table = kind_table(cache_kinds(MIXTRAL_8X7B, "int4", 1, 1))
    assert all(isinstance(each, int | float) for line in table.in_full for each in line[1:])
    assert table.file_header == list(table.header)


def test_a_bar_of_the_same_size_says_so_and_not_one_times():
    said = {row.title: row.said for row in kind_rows(cache_kinds(MIXTRAL_8X7B, "bf16", 512, 1))}
    assert said["Grouped-query (GQA)"].endswith("(the same)")
