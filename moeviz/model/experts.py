"""The experts: E feed-forward networks computed by two grouped matrix products.

Knows nothing of routers, scores, losses or capacity: its caller says which experts each token
goes to, with which weights, and which assignments to skip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from moeviz.model.initialisation import normal_parameter, switch_std

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int
    from torch import Tensor


class Experts(nn.Module):
    """E expert feed-forward networks without biases: FFN_e(x) = act(x · w_in[e]) · w_out[e].

    "gelu": two matrices an expert, w_in (E, D, F) and w_out (E, F, D). "swiglu": three; w_in is
    (E, D, 2F), a gate and a value side by side, and act(g, v) = silu(g) · v.

    D and F must be multiples of 4: `grouped_mm` asks for rows aligned to 16 bytes.
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
        self.w_in = normal_parameter((n_experts, d_model, columns), switch_std(d_model), generator)
        self.w_out = normal_parameter(
            (n_experts, d_expert, d_model), switch_std(d_expert), generator
        )

    def forward(
        self,
        x: Float[Tensor, "T D"],
        expert_index: Int[Tensor, "T K"],
        gate_weights: Float[Tensor, "T K"],
        kept: Bool[Tensor, "T K"] | None = None,
    ) -> Float[Tensor, "T D"]:
        """y_t = Σ_k gate_weights[t,k] · FFN_{expert_index[t,k]}(x_t), over kept assignments.

        The T·K assignments are sorted by expert, so that each expert's rows lie together and one
        grouped product serves them all: no padding, no loop over experts, the same bits each time.

        Args:
            expert_index: the experts of each token, 0 to E - 1.
            gate_weights: what each chosen expert's output is multiplied by.
            kept: the assignments to compute; all when None. A dropped one adds exactly 0.

        Source: Gale et al. 2022, arXiv:2211.15841, section 5 (grouped computation without padding).
        """
        slot, group_ends = _slots_by_expert(expert_index, kept, n_experts=len(self.w_in))
        token = slot // expert_index.shape[1]
        rows = x.index_select(0, token)
        hidden = self._activate(F.grouped_mm(rows, self.w_in, offs=group_ends))
        out = F.grouped_mm(hidden, self.w_out, offs=group_ends)
        weighted = out * gate_weights.flatten().index_select(0, slot)[:, None]
        return torch.zeros_like(x).index_add(0, token, weighted)

    def _activate(self, hidden: Float[Tensor, "kept columns"]) -> Float[Tensor, "kept F"]:
        if self.activation == "swiglu":
            gate, value = hidden.chunk(2, dim=-1)
            return F.silu(gate) * value
        return F.gelu(hidden)  # by erf: on a CPU the tanh form takes about three times as long


def _slots_by_expert(
    expert_index: Int[Tensor, "T K"], kept: Bool[Tensor, "T K"] | None, n_experts: int
) -> tuple[Int[Tensor, " kept"], Int[Tensor, " E"]]:
    """The kept assignments t·K + k in the order of their experts; and where each expert's end."""
    expert = expert_index.flatten()
    if kept is not None:
        expert = expert.where(kept.flatten(), n_experts)  # behind the last expert, cut off below
    counts = expert.bincount(minlength=n_experts)[:n_experts]
    group_ends = counts.cumsum(0, dtype=torch.int32)
    slot = expert.argsort(stable=True)[: int(group_ends[-1])]
    return slot, group_ends
