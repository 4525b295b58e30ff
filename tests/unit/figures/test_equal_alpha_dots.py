"""A dot for each convention, or that it has no gradient."""

from __future__ import annotations

import math

from moeviz.analysis.conventions import loss_lines
from moeviz.figures.equal_alpha_dots import NO_GRADIENT, equal_alpha_dots
from tests.made_up_studies import made_up_conventions
from tests.pictures import checked, words


def test_every_convention_has_a_dot_at_its_alpha_or_says_that_it_has_no_gradient():
    lines = loss_lines(made_up_conventions())
    figure = checked(equal_alpha_dots(lines))
    (dots,) = figure["data"]
    finite = [line.gradient_alpha for line in lines if math.isfinite(line.gradient_alpha)]
    assert dots["x"] == finite
    assert len(words(figure)) == len(lines)
    assert words(figure).count(NO_GRADIENT) == 1
    low, high = figure["layout"]["xaxis"]["range"]
    assert 10**low < min(finite) < max(finite) < 10**high
