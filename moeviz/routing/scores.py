"""From router logits to router probabilities. Knows nothing of which experts are then chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

_VECTOR = 16
"""float32 numbers that a CPU computes at a time."""


def router_probabilities(router_logits: Float[Tensor, "T E"]) -> Float[Tensor, "T E"]:
    """p = softmax(router_logits) over all E experts, in float32 whatever the input.

    Args:
        router_logits: one score per token and expert.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 1; float32 by their section 2.4.
    """
    logits = router_logits.float()
    if logits.shape[-1] < _VECTOR:  # PyTorch takes a row that fills no vector number by number
        return logits.t().softmax(dim=0).t()
    return logits.softmax(dim=-1)


def add_router_noise(
    router_logits: Float[Tensor, "T E"], sigma: float, generator: torch.Generator | None
) -> Float[Tensor, "T E"]:
    """router_logits + σ · N(0, 1): lets a token try experts that it ranks a little lower.

    Args:
        sigma: standard deviation of the noise, in units of the logits.
        generator: where the noise is drawn from. None, as in evaluation: no noise.

    Source: Shazeer et al. 2017, arXiv:1701.06538, eq. 4. There σ is learnt per token and expert;
    here it is one number that the user sets.
    """
    if generator is None or sigma == 0.0:
        return router_logits
    noise = router_logits.new_empty(router_logits.shape).normal_(generator=generator)
    return router_logits + sigma * noise
