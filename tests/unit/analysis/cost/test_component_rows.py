"""Rows by component as a table and as a file."""

from __future__ import annotations

from moeviz.analysis.cost.component_rows import ComponentRow, component_file, component_table

ROWS = (
    ComponentRow("Total", {"embedding": 10, "routed_experts": 90}, "100"),
    ComponentRow("Active", {"embedding": 10, "router": 5}, "15"),
)


def test_the_table_has_every_number_in_full():
    header, lines = component_table(ROWS)
    assert header == ["Component", "Total", "Active"]
    assert lines[-1] == ["all", "100", "15"]
    assert lines[0] == ["embedding", "10", "10"]


def test_the_file_has_numbers_as_they_are_titles_with_units_and_no_line_of_sums():
    header, lines = component_file(ROWS, "parameters")
    assert header == ["Component", "Total (parameters)", "Active (parameters)"]
    assert lines == [["embedding", 10, 10], ["routed experts", 90, 0], ["router", 0, 5]]
