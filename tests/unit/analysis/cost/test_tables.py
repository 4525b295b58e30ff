"""A table as it is read and as a file has it."""

from __future__ import annotations

from moeviz.analysis.cost.tables import Cell, Table


def test_a_file_has_values_in_full_and_units_in_its_titles():
    table = Table(("Model", "Total"), ("", "parameters"), [[Cell("A"), Cell("46.7 B", 46_700)]])
    assert table.shown == [["A", "46.7 B"]]
    assert table.in_full == [["A", 46_700]]
    assert table.file_header == ["Model", "Total (parameters)"]


def test_a_value_of_nothing_is_a_value():
    assert Cell("–", 0.0).in_full == 0.0
    assert Cell("–").in_full == "–"
