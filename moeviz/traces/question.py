"""What every question to a model is made of, and the arrays of every answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from moeviz.records import read_only

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class ReadOnly:
    """Makes private, read-only copies of all arrays of a frozen dataclass."""

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, each.name, read_only(value, value.dtype))


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask of one arm.

    Attributes:
        arm: the arm's name.
        knobs: live knobs that hold for this question alone, above those of the run.
        needs_router: whether a dense model has no answer to it.
    """

    needs_router: ClassVar[bool] = True

    arm: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
