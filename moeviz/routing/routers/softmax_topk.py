"""Softmax over all experts, then top-k: the chosen experts keep their probabilities."""

from __future__ import annotations

from moeviz.routing.routers.base import Router, register


@register
class SoftmaxTopK(Router):
    """Probabilities over all experts; the chosen ones keep theirs."""

    name = "softmax_topk"
    order = 0
    title = "Softmax, not renormalised"
    formula = r"g_i = p_i, \quad p = \operatorname{softmax}(x W_r)"
    source = "Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 1-2; OLMoE's released code"
    used_by = "Switch, OLMoE, Qwen1.5-MoE, DeepSeekMoE, Grok-1, Jamba"
    description = (
        "The gate weights are the probabilities of the chosen experts. They sum to at most 1, so "
        "an uncertain router scales the experts down. The router gets a gradient even with k = 1."
    )
