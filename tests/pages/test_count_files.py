"""What the pages that count give to take away: with exact numbers, titles with units."""

from __future__ import annotations

import pytest

from moeviz.ui.shared.navigation import (
    DECODING_SPEED,
    FLOPS,
    GRANULARITY,
    MEMORY,
    RELEASED_MODELS,
    TOTAL_VS_ACTIVE,
    YOUR_CONFIG,
)
from tests.pages.test_count_pages import component
from tests.pages.visit import visit

PURE = {"Year", "Tokens per second, at most"}
"""Titles that say by themselves what their numbers are."""


def files(page) -> list[tuple[str, list[str], list[list]]]:
    """Name, titles and values of every file that the page offers."""
    tables = [
        (each["fileName"], each["fileHeader"], [[cell[1] for cell in row] for row in each["rows"]])
        for each in component(page, "sortable_table")
    ]
    charts = [each["file"] for each in component(page, "_chart") if each["file"]]
    return tables + [(each["name"], each["header"], each["rows"]) for each in charts]


@pytest.mark.parametrize(
    ("where", "n_files"),
    [
        (TOTAL_VS_ACTIVE, 1),
        (RELEASED_MODELS, 2),
        (YOUR_CONFIG, 4),
        (FLOPS, 3),
        (MEMORY, 4),
        (DECODING_SPEED, 1),
        (GRANULARITY, 1),
    ],
)
def test_every_column_of_numbers_in_a_file_names_its_unit(page, where, n_files):
    visit(page, where)
    offered = files(page)
    assert len(offered) == len({name for name, *_ in offered}) == n_files
    for _, header, rows in offered:
        assert rows
        for i, title in enumerate(header):
            numeric = any(isinstance(row[i], int | float) for row in rows)
            assert not numeric or title.endswith(")") or title in PURE, title


def test_the_file_of_decoding_has_the_steps_in_full(page):
    visit(page, DECODING_SPEED)
    ((_, header, rows),) = files(page)
    step = dict(zip(header, rows[0], strict=True))
    assert step["Batch size (sequences)"] == 1
    assert (
        step["Step time, at least (seconds)"]
        == step["Memory time, at least (seconds)"]
        > step["Compute time, at least (seconds)"]
    )
    assert step["Bytes (per step)"] > 10**10
