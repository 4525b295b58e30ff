"""Dense models of equal operations or of equal size: what a mixture is compared with.

Everything but the mixture layers is the model's own. Knows nothing of which one learns better.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.parts import DenseFeedForward, MixtureFeedForward
from moeviz.accounting.sparsity import with_mixtures
from moeviz.accounting.weights import total


def dense_twin_of_active(architecture: Architecture) -> Architecture:
    """Width = weights that a layer multiplies a token by / (g·D), so that a token costs the same.

    g = 3 matrices when gated, else 2. Where experts read all D numbers that is k·F + F_shared +
    N/g: router and gates are spent on hidden units. Rounded to the nearest whole width: each layer
    is at most half a hidden unit, g·D operations, away from equal.
    """

    def multiplied(mixture: MixtureFeedForward) -> int:
        return sum(each.active_parameters for each in mixture.weights() if each.multiplied)

    return _twin(architecture, multiplied)


def dense_twin_of_total(architecture: Architecture) -> Architecture:
    """Width = parameters that a layer stores / (g·D), so that as many are stored.

    Where experts read all D numbers: N·F + F_shared + N/g and what biases come to.
    Rounded to the nearest whole width: each layer is at most g·D/2 parameters away from equal.
    """
    return _twin(architecture, lambda mixture: total(mixture.weights()))


def _twin(architecture: Architecture, target: Callable[[MixtureFeedForward], int]) -> Architecture:
    def dense(mixture: MixtureFeedForward) -> DenseFeedForward:
        matrices = 3 if mixture.gated else 2
        width = round(Fraction(target(mixture), matrices * mixture.d_model))
        return DenseFeedForward(mixture.d_model, max(1, width), mixture.gated)

    return with_mixtures(architecture, dense)
