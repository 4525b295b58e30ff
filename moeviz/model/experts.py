"""The experts: N feed-forward networks computed as a few grouped matrix products.

Knows nothing of routers, scores, losses or capacity: it is told which expert each token goes to,
with which weight, and which slots to skip.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F


class Experts(nn.Module):
    """E expert feed-forward networks without biases: FFN_e(x) = act(x · w_in[e]) · w_out[e].

    "gelu": two matrices an expert, act is GELU. "swiglu": three, the halves of w_in[e] are the gate
    and the value, act(g, v) = silu(g) · v.
    """

    def __init__(
        self,
        n_experts: int,
        d_model: int,
        d_expert: int,
        activation: str,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.activation = activation
        columns = 2 * d_expert if activation == "swiglu" else d_expert
        self.w_in = nn.Parameter(torch.empty(n_experts, d_model, columns))
        self.w_out = nn.Parameter(torch.empty(n_experts, d_expert, d_model))
        with torch.no_grad():
            self.w_in.normal_(0.0, d_model**-0.5, generator=generator)
            self.w_out.normal_(0.0, d_expert**-0.5, generator=generator)

    def forward(
        self,
        x: Float[Tensor, "T D"],
        expert_index: Int[Tensor, "T K"],
        gate_weights: Float[Tensor, "T K"],
        kept: Bool[Tensor, "T K"] | None = None,
    ) -> Float[Tensor, "T D"]:
        """y_t = Σ_k gate_weights[t,k] · FFN_{expert_index[t,k]}(x_t), over the kept slots.

        Args:
            expert_index: the experts of each token, 0 to E - 1.
            gate_weights: how much each of them counts.
            kept: slots to compute; all when None. A dropped slot adds exactly 0.
        """
        n_experts, top_k = self.w_in.shape[0], expert_index.shape[1]
        expert = expert_index.flatten()
        if kept is not None:
            expert = expert.where(kept.flatten(), n_experts)  # dropped slots sort last
        slot = expert.argsort(stable=True)
        ends = expert.bincount(minlength=n_experts)[:n_experts].cumsum(0, dtype=torch.int32)
        slot = slot[: int(ends[-1])]
        token = slot // top_k
        hidden = self._activate(F.grouped_mm(x[token], self.w_in, offs=ends))
        out = F.grouped_mm(hidden, self.w_out, offs=ends)
        gated = out * gate_weights.flatten()[slot, None]
        return torch.zeros_like(x).index_add(0, token, gated)

    def _activate(self, hidden: Tensor) -> Tensor:
        if self.activation == "swiglu":
            gate, value = hidden.chunk(2, dim=-1)
            return F.silu(gate) * value
        return F.gelu(hidden)
