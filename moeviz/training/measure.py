"""What a training step measures about routing and loss, from the tensors of its forward pass.

Pure, except `LoadWindow`, which holds the loads of the last steps. Knows nothing of optimisers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from moeviz.config import ModelConfig
from moeviz.records import MEASURES, WINDOW_STEPS, FloatArray, Measure
from moeviz.routing import metrics

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

    from moeviz.routing.record import Routing


@dataclass(frozen=True, slots=True)
class Loads:
    """One step's loads, each (L, E); E = 0 for a dense model.

    Attributes:
        top_k: k of each layer, the assignments per token; 0 for a dense model.
    """

    expert_load: Float[Tensor, "L E"]
    processed_load: Float[Tensor, "L E"]
    mean_router_prob: Float[Tensor, "L E"]
    top_k: tuple[float, ...]


def measured_loads(routings: tuple[Routing, ...], model: ModelConfig) -> Loads:
    """Shares of the assignments per expert: assigned and computed; and the mean probability."""
    if not routings:
        none = torch.zeros(model.n_layers, 0)
        return Loads(none, none, none, top_k=(0.0,) * model.n_layers)
    lists = [each.assignments for each in routings]
    asked = [metrics.expert_load(each.chosen.expert, model.n_experts) for each in lists]
    computed = [
        load if each.kept is None else _kept_load(each.expert, each.kept, model.n_experts)
        for load, each in zip(asked, lists, strict=True)
    ]
    probs = [r.router_probs.mean(0) for r in routings]
    top_k = tuple(float(each.chosen.experts_per_token) for each in lists)
    return Loads(torch.stack(asked), torch.stack(computed), torch.stack(probs), top_k)


def _kept_load(
    expert: Int[Tensor, " A"], kept: Bool[Tensor, " A"], n_experts: int
) -> Float[Tensor, " E"]:
    return torch.bincount(expert[kept], minlength=n_experts).float() / len(expert)


class LoadWindow:
    """The loads of the last WINDOW_STEPS steps, and the metrics of their mean."""

    def __init__(self, n_layers: int, n_experts: int) -> None:
        self._asked = torch.zeros(0, n_layers, n_experts)
        self._processed = torch.zeros(0, n_layers, n_experts)
        self._log_k = torch.zeros(n_layers, 0)

    def append(self, loads: Loads) -> None:
        """Take in one step, forget the oldest."""
        n_experts = loads.expert_load.shape[-1]
        log_k = torch.tensor([[_lowest_entropy(k, n_experts)] for k in loads.top_k])
        self._log_k = torch.cat([self._log_k, log_k], dim=1)[:, -WINDOW_STEPS:]
        self._asked = torch.cat([self._asked, loads.expert_load[None]])[-WINDOW_STEPS:]
        self._processed = torch.cat([self._processed, loads.processed_load[None]])[-WINDOW_STEPS:]

    def metrics(self, top_k: Sequence[float]) -> dict[str, Any]:
        """The window's fields of StepSnapshot; the (L,) ones are NaN for a dense model.

        Collapse is measured from the mean ln k of the window's steps: after a change of k the mean
        load still has steps of the old one.

        Args:
            top_k: of each layer at the last step.
        """
        asked, processed = self._asked.mean(0), self._processed.mean(0)
        n_experts = asked.shape[-1]
        loads = {"window_load": asked.numpy(), "window_processed_load": processed.numpy()}
        if n_experts == 0:
            missing = np.full(asked.shape[0], math.nan, dtype=np.float32)
            names = (*(each.name for each in MEASURES), "dropped_fraction")
            return loads | dict.fromkeys(names, missing)
        ks = tuple(self._k_of_window(top_k, n_experts))
        measured = {each.name: _measured(each, asked, ks).numpy() for each in MEASURES}
        # Shares that sum to 1 up to rounding can leave a drop of -1e-8 where nothing was dropped.
        dropped = (asked - processed).sum(-1).clamp_min(0)
        return {**loads, **measured, "dropped_fraction": dropped.numpy()}

    def _k_of_window(self, top_k: Sequence[float], n_experts: int) -> Iterator[float]:
        """Each layer's geometric mean; the last step's k where it goes to all experts."""
        for last, log_k in zip(top_k, self._log_k, strict=True):
            yield last if last >= n_experts else math.exp(log_k.mean().item())

    def state(self) -> dict[str, Float[Tensor, ...]]:
        """What `restore` takes."""
        return {"asked": self._asked, "processed": self._processed, "log_k": self._log_k}

    def restore(self, state: Mapping[str, Float[Tensor, ...]]) -> None:
        """Continue from another window's state."""
        self._asked, self._processed = state["asked"].clone(), state["processed"].clone()
        self._log_k = state["log_k"].clone()


def _lowest_entropy(top_k: float, n_experts: int) -> float:
    """ln K: no expert has more than 1/K of the load. 0 with fewer assignments than tokens, and
    ln E where a token goes to an expert more than once."""
    return math.log(max(1, min(top_k, n_experts)))


def _measured(
    measure: Measure, load: Float[Tensor, "L E"], top_k: Sequence[float]
) -> Float[Tensor, " L"]:
    """The function of the measure's name, of the load and each layer's k where it needs that."""
    function = getattr(metrics, measure.name)
    if not measure.needs_k:
        values: Float[Tensor, " L"] = function(load).float()
        return values
    return torch.stack([function(each, k) for each, k in zip(load, top_k, strict=True)])


def domain_means(
    of_tokens: Float[Tensor, "B S"], domain: Int[Tensor, " B"], n_domains: int
) -> FloatArray:
    """(domains,) mean of the (B, S) tokens' values over each domain's sequences; NaN for none."""
    sums = torch.zeros(n_domains).index_add_(0, domain, of_tokens.detach().mean(1))
    counts = torch.bincount(domain, minlength=n_domains)
    means: FloatArray = (sums / counts).numpy()
    return means
