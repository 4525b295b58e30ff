"""The experts: dispatch tokens to them, compute all by two grouped products, combine the outputs.

Knows nothing of routers, scores, losses or capacity: a list of assignments says which experts each
token goes to, with which weights, and which assignments to skip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from moeviz.model.initialisation import normal_parameter, switch_std

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

    from moeviz.routing.record import Assignments


@dataclass(frozen=True, slots=True, eq=False)
class Dispatched:
    """The experts' input, each expert's rows together.

    Attributes:
        rows: what the experts read.
        group_ends: where each expert's rows end.
        assignment: the indices of the kept assignments in the list, in the order of their rows.
        row: the row that each of them reads, where rows mix tokens (Soft MoE); None: one row each.
    """

    rows: Float[Tensor, "R D"]
    group_ends: Int[Tensor, " E"]
    assignment: Int[Tensor, " kept"]
    row: Int[Tensor, " kept"] | None = None

    def output_of_kept(self, row_output: Float[Tensor, "R D"]) -> Float[Tensor, "kept D"]:
        """The experts' output for each kept assignment."""
        return row_output if self.row is None else row_output.index_select(0, self.row)


def dispatch(x: Float[Tensor, "T D"], assignments: Assignments, n_experts: int) -> Dispatched:
    """Each kept assignment's token, sorted by expert; or rows that mix tokens, where the list does.

    No padding, no loop over experts, the same bits each time.

    Source: Gale et al. 2022, arXiv:2211.15841, section 5 (grouped computation without padding).
    """
    expert, chosen = assignments.expert, assignments.chosen
    if chosen.row is not None and chosen.dispatch_weight is not None:
        n_rows = int(chosen.row.max()) + 1
        row_expert = expert.new_zeros(n_rows).scatter(0, chosen.row, expert)
        place = row_expert.argsort(stable=True).argsort()[chosen.row]
        mixed = chosen.dispatch_weight[:, None] * x[chosen.token]
        rows = x.new_zeros(n_rows, x.shape[1]).index_add(0, place, mixed)
        return Dispatched(rows, _group_ends(row_expert, n_experts), torch.arange(len(place)), place)
    if assignments.kept is not None:
        expert = expert.where(assignments.kept, n_experts)  # behind the last expert, cut off below
    group_ends = _group_ends(expert, n_experts)
    order = expert.argsort(stable=True)[: int(group_ends[-1])]
    return Dispatched(x.index_select(0, chosen.token[order]), group_ends, order)


def _group_ends(expert: Int[Tensor, " R"], n_experts: int) -> Int[Tensor, " E"]:
    return expert.bincount(minlength=n_experts)[:n_experts].cumsum(0, dtype=torch.int32)


def combine(
    row_output: Float[Tensor, "R D"], dispatched: Dispatched, assignments: Assignments
) -> Float[Tensor, "T D"]:
    """y_t = Σ weight · output over the token's kept assignments; a dropped one adds exactly 0."""
    output = dispatched.output_of_kept(row_output)
    weighted = output * assignments.weight.index_select(0, dispatched.assignment)[:, None]
    token = assignments.token.index_select(0, dispatched.assignment)
    y = output.new_zeros(assignments.chosen.n_tokens, output.shape[1])
    return y.index_add(0, token, weighted)


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
        self, rows: Float[Tensor, "R D"], group_ends: Int[Tensor, " E"]
    ) -> Float[Tensor, "R D"]:
        """FFN_e of each row, for the expert e whose group the row lies in."""
        hidden = F.grouped_mm(rows, self.w_in, offs=group_ends)
        return F.grouped_mm(self._activate(hidden), self.w_out, offs=group_ends)

    def _activate(self, hidden: Float[Tensor, "R columns"]) -> Float[Tensor, "R F"]:
        if self.activation == "swiglu":
            gate, value = hidden.chunk(2, dim=-1)
            return F.silu(gate) * value
        return F.gelu(hidden)  # by erf: on a CPU the tanh form takes about three times as long
