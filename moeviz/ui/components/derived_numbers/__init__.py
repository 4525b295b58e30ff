"""A row of numbers, each of which unfolds to the sum that it comes from. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from moeviz.analysis.cost.derived_numbers import DerivedNumber
from moeviz.ui.components import assets

_mount = assets.component("derived_numbers")


def derived_numbers(numbers: Sequence[DerivedNumber], *, key: str) -> None:
    """Draw the numbers; a click on one shows its formula with the values filled in, and source."""
    _mount(key=key, data={"numbers": [_as_data(each) for each in numbers]})


def _as_data(number: DerivedNumber) -> dict[str, Any]:
    header, lines = number.table
    return {**asdict(number), "header": header, "terms": lines}
