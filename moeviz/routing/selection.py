"""Which experts a token goes to, and with which weight. Knows nothing of room or of balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def select_experts(
    router_probs: Float[Tensor, "T E"],
    top_k: int,
    selection_bias: Float[Tensor, " E"] | None = None,
) -> tuple[Int[Tensor, "T K"], Float[Tensor, "T K"]]:
    """expert_index = the K largest of p + b, best first; gate_weights = p of the chosen.

    The weights are not renormalised: they are the probabilities themselves (Switch at K = 1, OLMoE
    and Qwen1.5-MoE above), so the router keeps a gradient even when it chooses one expert.

    Args:
        router_probs: softmax over all E experts.
        top_k: experts per token, at most E.
        selection_bias: b, added for the choice only; it never reaches the weights.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 1-2; the bias: Wang et al. 2024,
    arXiv:2408.15664, eq. 3.
    """
    ranked = router_probs if selection_bias is None else router_probs + selection_bias
    expert_index = ranked.topk(top_k, dim=-1).indices
    return expert_index, router_probs.gather(-1, expert_index)
