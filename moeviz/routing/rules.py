"""From router logits to scores and gate weights: one small class per routing rule, one registry.

Rules differ in what competes (probabilities, or a sigmoid of each logit) and in what the chosen
experts' outputs are multiplied by. Which experts are chosen is `selection.py`'s business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from moeviz.routing.registry import Explained, Registry
from moeviz.routing.scores import router_probabilities

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


class RoutingRule(Explained):
    """A way to score and to weigh; as it stands softmax over all experts, weights as they are.

    Attributes:
        formula: of the gate weights g.
        used_by: released models that route so.
    """

    used_by: ClassVar[str]

    def router_scores(self, router_logits: Float[Tensor, "T E"]) -> Float[Tensor, "T E"]:
        """What competes for the selection, over all experts, in float32."""
        return router_probabilities(router_logits)

    def router_probs(self, router_scores: Float[Tensor, "T E"]) -> Float[Tensor, "T E"]:
        """The scores as a distribution over all experts: what balance losses take the mean of."""
        return router_scores

    def gate_weights(
        self,
        router_logits: Float[Tensor, "T E"],
        router_scores: Float[Tensor, "T E"],
        expert_index: Int[Tensor, "T K"],
    ) -> Float[Tensor, "T K"]:
        """What each chosen expert's output is multiplied by, before the gate scale."""
        return router_scores.gather(-1, expert_index)


ROUTING_RULES = Registry[RoutingRule]("routing_rule")
register, routing_rule = ROUTING_RULES.register, ROUTING_RULES.named


@register
class SoftmaxTopK(RoutingRule):
    """Probabilities over all experts; the chosen ones keep theirs."""

    name = "softmax_topk"
    title = "Softmax, not renormalised"
    formula = r"g_i = p_i, \quad p = \operatorname{softmax}(x W_r)"
    source = "Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 1-2; OLMoE's released code"
    used_by = "Switch, OLMoE, Qwen1.5-MoE, DeepSeekMoE, Grok-1, Jamba"
    description = (
        "The gate weights are the probabilities of the chosen experts. They sum to at most 1, so "
        "an uncertain router scales the experts down. The router gets a gradient even with k = 1."
    )


@register
class SoftmaxTopKRenormalised(RoutingRule):
    """Probabilities over all experts, divided by the sum of the chosen ones."""

    name = "softmax_topk_renormalised"
    title = "Softmax, renormalised"
    formula = r"g_i = p_i \,/\, \textstyle\sum_{j \in \text{top-}k} p_j"
    source = "Jiang et al. 2024 (Mixtral), arXiv:2401.04088, section 2.1; Qwen3-MoE's released code"
    used_by = "Mixtral, Qwen3-MoE, MiniMax-01, Hunyuan-A13B"
    description = (
        "The gate weights of the chosen experts are divided by their sum, so they sum to 1. With "
        "k = 1 the weight is always 1, and the cross-entropy no longer trains the router."
    )

    def gate_weights(
        self,
        router_logits: Float[Tensor, "T E"],
        router_scores: Float[Tensor, "T E"],
        expert_index: Int[Tensor, "T K"],
    ) -> Float[Tensor, "T K"]:
        """p_i / Σ_j p_j over the chosen experts, which is a softmax of their logits alone.

        Not divided, so that the weight of a single expert is exactly 1 and without gradient, and
        experts that a bias or re-routing chose against a probability of 0 have weights too.
        """
        return router_logits.float().gather(-1, expert_index).softmax(dim=-1)


@register
class TopKSoftmax(SoftmaxTopKRenormalised):
    """Top-k of the logits, then a softmax over the chosen ones alone."""

    name = "topk_softmax"
    title = "Top-k, then softmax"
    formula = r"g = \operatorname{softmax}\big((x W_r)_{\text{top-}k}\big)"
    source = "Shazeer et al. 2017, arXiv:1701.06538, eq. 3-5; gpt-oss's released code"
    used_by = "gpt-oss, Granite, JetMoE"
    description = (
        "The softmax is taken over the logits of the k chosen experts only. This gives the same "
        "gate weights as softmax over all experts, renormalised: the common factor cancels."
    )


@register
class SigmoidTopKRenormalised(RoutingRule):
    """A sigmoid of each logit; the chosen ones divided by their sum."""

    name = "sigmoid_topk_renormalised"
    title = "Sigmoid, renormalised"
    formula = (
        r"g_i = \gamma\, s_i \,/\, \textstyle\sum_{j \in \text{top-}k} s_j, \quad s = \sigma(x W_r)"
    )
    source = "DeepSeek-AI 2024 (DeepSeek-V3), arXiv:2412.19437, eq. 12-16"
    used_by = "DeepSeek-V3, Kimi-K2, GLM-4.5, Moonlight, dots.llm1, MiniMax-M2"
    description = (
        "A sigmoid σ scores each expert independently of the others, so a selection bias changes "
        "one expert's rank and nothing else. The gate weights are the chosen scores s, divided by "
        "their sum and multiplied by the gate scale γ (2.5 in DeepSeek-V3)."
    )

    def router_scores(self, router_logits: Float[Tensor, "T E"]) -> Float[Tensor, "T E"]:
        """σ(logit) of each expert."""
        return router_logits.float().sigmoid()

    def router_probs(self, router_scores: Float[Tensor, "T E"]) -> Float[Tensor, "T E"]:
        """s_i / Σ_j s_j over all experts: DeepSeek-V3, eq. 19."""
        return router_scores / (router_scores.sum(dim=-1, keepdim=True) + SUM_GUARD)

    def gate_weights(
        self,
        router_logits: Float[Tensor, "T E"],
        router_scores: Float[Tensor, "T E"],
        expert_index: Int[Tensor, "T K"],
    ) -> Float[Tensor, "T K"]:
        """s_i / Σ_j s_j over the chosen experts, which is a softmax of the log s_i.

        log s = −log(1 + exp(−logit)). Not divided, for the same two reasons as with softmax.
        """
        chosen = router_logits.float().gather(-1, expert_index)
        log_scores = -(-chosen).logaddexp(chosen.new_zeros(()))
        return log_scores.softmax(dim=-1)


SUM_GUARD = 1e-20
"""Added to a sum of sigmoids before it divides, as in DeepSeek-V3's released code."""
