"""Top-k of the logits, then a softmax over the chosen ones alone."""

from __future__ import annotations

from moeviz.routing.routers.base import register
from moeviz.routing.routers.softmax_topk_renormalised import SoftmaxTopKRenormalised


@register
class TopKSoftmax(SoftmaxTopKRenormalised):
    """Top-k of the logits, then a softmax over the chosen ones alone."""

    name = "topk_softmax"
    order = 20
    title = "Top-k, then softmax"
    formula = r"g = \operatorname{softmax}\big((x W_r)_{\text{top-}k}\big)"
    source = "Shazeer et al. 2017, arXiv:1701.06538, eq. 3-5; gpt-oss's released code"
    used_by = "gpt-oss, Granite, JetMoE"
    description = (
        "The softmax is taken over the logits of the k chosen experts only. This gives the same "
        "gate weights as softmax over all experts, renormalised: the common factor cancels."
    )
