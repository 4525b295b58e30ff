"""A table of numbers: each as people read it and in full, with the units that a file needs.

Knows nothing of where it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moeviz.accounting.units import with_unit

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a table.

    Attributes:
        shown: as people read it.
        value: as it is sorted and exported; None: as it is shown.
        title: shown on hover; "": the value.
    """

    shown: str
    value: Value = None
    title: str = ""

    @property
    def in_full(self) -> str | int | float:
        """For a file."""
        return self.shown if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Table:
    """Titled columns of cells.

    Attributes:
        units: of the values in full, where a file has them without.
    """

    header: Sequence[str]
    units: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def shown(self) -> list[list[str]]:
        """Every line as people read it."""
        return [[each.shown for each in row] for row in self.rows]

    @property
    def in_full(self) -> list[list[str | int | float]]:
        """Every line as a file has it."""
        return [[each.in_full for each in row] for row in self.rows]

    @property
    def file_header(self) -> list[str]:
        """The titles with their units."""
        return [with_unit(*each) for each in zip(self.header, self.units, strict=True)]
