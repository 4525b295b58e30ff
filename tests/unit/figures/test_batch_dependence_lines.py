"""Changes of logits by position, those of nothing included."""

from __future__ import annotations

from moeviz.figures.batch_dependence_lines import LEAST_CHANGE, batch_dependence_lines
from tests.made_up_studies import made_up_dependence
from tests.pictures import checked


def test_a_change_of_nothing_is_drawn_at_the_foot_and_told_as_nothing():
    chosen = made_up_dependence(alone=0.5, leak=0.25)
    figure = checked(batch_dependence_lines(chosen, made_up_dependence(), "capacity 1"))
    names = [trace["name"] for trace in figure["data"]]
    assert names == [
        "dropless, alone", "dropless, second half replaced",
        "capacity 1, alone", "capacity 1, second half replaced",
    ]  # fmt: skip
    alone = figure["data"][2]
    assert alone["y"][:2] == [LEAST_CHANGE, 0.5]
    assert alone["customdata"][0] == 0
    assert figure["layout"]["shapes"][0]["x0"] == 3.5
    assert checked(batch_dependence_lines(None, None, ""))["data"] == []
