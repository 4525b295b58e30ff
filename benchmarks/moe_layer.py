"""Time of an MoE layer, forward and backward, against a dense one of the experts' active FLOPs.

    .venv/bin/python benchmarks/moe_layer.py

T = 1024 tokens, d_model 64, d_expert 128, k = 2, router included. Beside ours: transformers' block
for Mixtral, its experts computed by `grouped_mm` and by `eager`, and a Python loop over experts.
Mixtral's experts are SwiGLU (three matrices), so ours are timed with SwiGLU as well, and every
layer is divided by a dense one of its own activation. All have the same router and so the same
loads; Mixtral's further step is to scale a token's gate weights to sum to 1.

Beside them the floor: what any such layer has to do. Router, softmax and top-k as in ours, then a
`bmm` over experts that all get T·k/E rows, without sorting tokens: nothing is dispatched or
combined. Each layer is divided by the floor of its activation as well.

The dense layer's width is k · d_expert: the router, whose FLOPs are E / (2 k · d_expert) of a GELU
one's (half of them at E = 256), counts as overhead.

The layers take turns, one pass to warm up and two that count, in CPU time of this process, so that
other work on the machine affects all of them and is not counted; printed are the medians of the
rounds' ratios, with quartiles. One torch thread, as in the worker.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from torch import Tensor, nn
from transformers import MixtralConfig
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

from moeviz.config import RoutingConfig
from moeviz.model.feed_forward import DenseFeedForward, MoEFeedForward
from moeviz.routing.scores import router_probabilities
from moeviz.routing.selection import select_experts

N_TOKENS, D_MODEL, D_EXPERT, TOP_K = 1024, 64, 128, 2
WARM_UP, ROUNDS, PASSES = 3, 20, 2


def shape(activation: str, n_experts: int = 2, dense_width: int = 0) -> SimpleNamespace:
    """What a layer reads of a ModelConfig, which itself ends at 64 experts."""
    return SimpleNamespace(
        n_experts=n_experts,
        d_model=D_MODEL,
        d_expert=D_EXPERT,
        activation=activation,
        dense_width=dense_width,
    )


class Ours(nn.Module):
    """The lab's layer; a module that returns the output alone."""

    def __init__(self, activation: str, n_experts: int) -> None:
        super().__init__()
        self.layer = MoEFeedForward(
            shape(activation, n_experts), torch.Generator().manual_seed(n_experts)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x, RoutingConfig(top_k=TOP_K))[0]


class Floor(Ours):
    """The arithmetic of the same layer at a perfectly even load, without moving a token."""

    def forward(self, x: Tensor) -> Tensor:
        experts = self.layer.experts
        n_experts, d_model = experts.w_in.shape[:2]
        scores = router_probabilities(self.layer.router(x))
        weights = scores.gather(-1, select_experts(scores, TOP_K))
        rows = x.expand(TOP_K, -1, -1).reshape(n_experts, -1, d_model)
        out = torch.bmm(experts._activate(torch.bmm(rows, experts.w_in)), experts.w_out)
        return (out.view(TOP_K, len(x), d_model) * weights.t()[..., None]).sum(dim=0)


class Loop(Ours):
    """The same layer with a loop over experts, as in mistral-inference."""

    def forward(self, x: Tensor) -> Tensor:
        experts, y = self.layer.experts, torch.zeros_like(x)
        probs = self.layer.router(x).softmax(-1)
        gate_weights, expert_index = probs.topk(TOP_K)
        for expert, (w_in, w_out) in enumerate(zip(experts.w_in, experts.w_out, strict=True)):
            token, choice = torch.where(expert_index == expert)
            out = experts._activate(x[token] @ w_in) @ w_out
            y = y.index_add(0, token, gate_weights[token, choice, None] * out)
        return y


class Mixtral(nn.Module):
    """transformers' block with the weights of one of ours; SwiGLU."""

    def __init__(self, n_experts: int, implementation: str) -> None:
        super().__init__()
        config = MixtralConfig(
            hidden_size=D_MODEL,
            intermediate_size=D_EXPERT,
            num_local_experts=n_experts,
            num_experts_per_tok=TOP_K,
        )
        config._experts_implementation = implementation
        self.block, ours = MixtralSparseMoeBlock(config), Ours("swiglu", n_experts).layer
        with torch.no_grad():
            self.block.gate.weight.copy_(ours.router.weight)
            self.block.experts.gate_up_proj.copy_(ours.experts.w_in.mT)
            self.block.experts.down_proj.copy_(ours.experts.w_out.mT)

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x[None])[0]


def layers(n_experts: int) -> dict[str, tuple[str, nn.Module]]:
    """The MoE layers of the table, each with its activation."""
    return {
        "floor": ("gelu", Floor("gelu", n_experts)),
        "moeviz": ("gelu", Ours("gelu", n_experts)),
        "Python loop over experts": ("gelu", Loop("gelu", n_experts)),
        "floor, SwiGLU": ("swiglu", Floor("swiglu", n_experts)),
        "moeviz, SwiGLU": ("swiglu", Ours("swiglu", n_experts)),
        "transformers Mixtral, grouped_mm": ("swiglu", Mixtral(n_experts, "grouped_mm")),
        "transformers Mixtral, eager": ("swiglu", Mixtral(n_experts, "eager")),
    }


def seconds(layer: nn.Module, x: Tensor, grad: Tensor) -> float:
    """CPU time of PASSES forward and backward passes, gradients of input and weights."""
    for each in range(1 + PASSES):
        if each == 1:
            start = time.process_time()
        layer.zero_grad(set_to_none=True)
        layer(x.detach().requires_grad_()).backward(grad)
    return time.process_time() - start


def main() -> None:
    """Print one row a layer and number of experts."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    x, grad = (torch.randn(N_TOKENS, D_MODEL, generator=generator) for _ in range(2))
    dense = {
        activation: DenseFeedForward(shape(activation, dense_width=TOP_K * D_EXPERT), generator)
        for activation in ("gelu", "swiglu")
    }
    print("| E | layer | ms | ÷ dense (quartiles) | ÷ floor (quartiles) |")
    print("|---|---|---|---|---|")
    for n_experts in (8, 64, 256):
        sparse = layers(n_experts)
        timed = dense | {name: layer for name, (_, layer) in sparse.items()}
        times: dict[str, list[float]] = {name: [] for name in timed}
        for each in range(WARM_UP + ROUNDS):
            for name, layer in timed.items():
                spent = seconds(layer, x, grad)
                if each >= WARM_UP:
                    times[name].append(spent)
        for name, (activation, _) in sparse.items():
            floor = "floor" if activation == "gelu" else "floor, SwiGLU"
            milliseconds = 1e3 / PASSES * statistics.median(times[name])
            over = [_ratio(times[name], times[other]) for other in (activation, floor)]
            print(f"| {n_experts} | {name} | {milliseconds:.1f} | {' | '.join(over)} |", flush=True)


def _ratio(times: list[float], others: list[float]) -> str:
    """Of the same rounds: median and quartiles."""
    ratios = [a / b for a, b in zip(times, others, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
