"""The figures of content: formulas by name, numbers as text has them, nothing unknown."""

from __future__ import annotations

from fractions import Fraction

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from moeviz.config import ArmConfig, RunConfig
from moeviz.study.figures import Figures, run_figures, shown

DENSE = {"dense_width": 1}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (16, "16"),
        (1024, "1,024"),
        (4.0, "4"),
        (Fraction(1, 16), "0.0625"),
        (3.29875, "3.3"),
        (12.7489, "12.7"),
        (0.1 + 0.2, "0.3"),
        ("12.7 B", "12.7 B"),
    ],
)
def test_a_number_has_three_digits_in_text(value, text):
    assert shown(value) == text


def test_a_name_may_use_those_before_it():
    figures = Figures({"k": 2}).with_given({"experts": 8, "share": "run.k / experts"})
    assert figures.value("share") == 0.25
    assert figures.fill("{{ share }} of {{ experts }}") == "0.25 of 8"


def test_nothing_unknown_is_filled_with_nothing():
    figures = Figures({})
    for expression in ("experts", "run.experts"):
        with pytest.raises(UndefinedError):
            figures.value(expression)
        with pytest.raises(UndefinedError):
            figures.fill(f"{{{{ {expression} }}}}")
    with pytest.raises(SecurityError):
        figures.value("capacity.__globals__")


def test_a_run_is_described_by_its_first_model_with_a_router():
    dense, routed = ArmConfig.of("A", DENSE), ArmConfig.of("B", {"n_experts": 12, "top_k": 3})
    found = run_figures(RunConfig((dense, routed)))
    assert (found["experts"], found["top_k"]) == (12, 3)
    assert found["tokens"] == routed.train.batch_size * routed.model.context_length
    assert run_figures(RunConfig((dense,))) == run_figures(None)
