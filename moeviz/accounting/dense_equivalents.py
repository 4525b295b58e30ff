"""Dense models with the same FLOPs or the same total: what an MoE model is compared with.

Everything outside the MoE layers is the model's own. Knows nothing of which one learns better.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.parts import DenseFeedForward, MixtureFeedForward
from moeviz.accounting.sparsity import with_mixtures
from moeviz.accounting.weights import total


def dense_with_same_flops(architecture: Architecture) -> Architecture:
    """Width = weights that a layer multiplies a token by / (matrices · D): equal FLOPs per token.

    A feed-forward network has 3 matrices when gated, else 2. Where experts read all D numbers that
    is K·F + F_shared + E/matrices: router and gates become hidden units. Rounded to the nearest
    whole width: each layer is at most half a hidden unit, matrices · D operations, away from equal.
    """

    def multiplied(mixture: MixtureFeedForward) -> int:
        return sum(each.active_parameters for each in mixture.weights() if each.multiplied)

    return _dense(architecture, multiplied)


def dense_with_same_total(architecture: Architecture) -> Architecture:
    """Width = parameters that a layer stores / (matrices · D), so that total parameters agree.

    Where experts read all D numbers: E·F + F_shared + E/matrices, and what biases add.
    Rounded to the nearest whole width: each layer is at most matrices · D / 2 parameters off.
    """
    return _dense(architecture, lambda mixture: total(mixture.weights()))


def _dense(architecture: Architecture, target: Callable[[MixtureFeedForward], int]) -> Architecture:
    def dense(mixture: MixtureFeedForward) -> DenseFeedForward:
        matrices = 3 if mixture.gated else 2
        width = round(Fraction(target(mixture), matrices * mixture.d_model))
        return DenseFeedForward(mixture.d_model, max(1, width), mixture.gated)

    return with_mixtures(architecture, dense)
