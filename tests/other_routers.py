"""Routers that are no top-k, or use what top-k does not: for tests that must hold for all.

Expert choice (each expert takes a fixed number of tokens), top-p (as many experts as a share of the
probability needs), Soft MoE (every row mixes all tokens), and a router with a parameter and a state
of its own that sees which tokens stand where.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from moeviz.config import ArmConfig
from moeviz.routing.record import Chosen
from moeviz.routing.routers import ROUTERS, Router, RouterInput

E, D = 4, 16
SMALL = {
    "n_experts": E, "n_layers": 2, "d_model": D, "d_expert": 16, "n_heads": 2, "vocab_size": 300,
    "batch_size": 2, "context_length": 16,
}  # fmt: skip


def listed(wanted: Tensor) -> Chosen:
    """From a (T, E) matrix of preferences, −1 where an expert is not wanted."""
    token, expert = (wanted >= 0).nonzero().unbind(1)
    preference = wanted[token, expert]
    order = (token * E + preference).argsort()
    return Chosen(token[order], expert[order], preference[order], n_tokens=len(wanted))


class FromList(Router):
    """Gate weights are the scores of whatever was chosen."""

    order, title, formula, source = 999, "Fake", "g", "Ours."
    used_by, description = "nothing", "A fake."

    def gate_weights(self, seen, router_scores, chosen, expert):
        return router_scores[chosen.token, expert]


class ExpertChoice(FromList):
    """Each expert takes the half of the tokens that score it highest; a token has 0 to E."""

    name = "fake_expert_choice"

    def choose(self, ranked, routing):
        best = ranked.topk(len(ranked) // 2, dim=0).indices
        taken = torch.zeros_like(ranked).scatter(0, best, 1.0).bool()
        by_score = ranked.masked_fill(~taken, -1).argsort(-1, descending=True).argsort(-1)
        return listed(by_score.masked_fill(~taken, -1))


class TopP(FromList):
    """The fewest experts that have half of the probability of those that a token may go to."""

    name = "fake_top_p"

    def router_scores(self, seen):
        """Decided from the start: a fresh router is nearly even."""
        return (20 * seen.router_logits).softmax(-1)

    def choose(self, ranked, routing):
        allowed = ranked.clamp_min(0)  # a barred expert ranks −inf
        values, experts = (allowed / allowed.sum(-1, keepdim=True)).sort(-1, descending=True)
        wanted = values.cumsum(-1) - values < 0.5
        place = torch.arange(E).expand_as(experts).masked_fill(~wanted, -1)
        return listed(torch.full_like(place, -1).scatter(1, experts, place))


class SoftMoE(FromList):
    """Two rows an expert; each mixes all tokens, each token reads all rows."""

    name = "fake_soft"
    rows = 2

    def choose(self, ranked, routing):
        n_tokens, n_rows = len(ranked), self.rows * E
        row = torch.arange(n_rows).repeat(n_tokens)
        token = torch.arange(n_tokens).repeat_interleave(n_rows)
        expert = row // self.rows
        mix = ranked.softmax(0)[token, expert]
        return Chosen(token, expert, row.clone(), n_tokens, None, row, mix)

    def gate_weights(self, seen, router_scores, chosen, expert):
        return router_scores[chosen.token, expert] / self.rows


class Opinionated(Router):
    """Has a parameter and a state of its own, and sees which tokens stand where."""

    name, order, title, formula, source = "fake_own", 999, "Fake", "g", "Ours."
    used_by, description = "nothing", "A fake."

    def parameters(self, d_model, n_experts, generator):
        return {"temperature": torch.ones(n_experts)}

    def state(self, n_layers, n_experts):
        return {"seen": torch.zeros(n_layers, n_experts)}

    def after_step(self, layers, state):
        counts = torch.stack([each.assignments.expert.bincount(minlength=E) for each in layers])
        return {**state, "seen": state["seen"] + counts}

    def router_scores(self, seen: RouterInput):
        assert seen.token_ids is not None
        assert seen.positions is not None
        assert seen.positions.max() < SMALL["context_length"]
        hashed = torch.nn.functional.one_hot((seen.token_ids + seen.positions) % E, E)
        logits = seen.router_logits * seen.parameters["temperature"] + hashed
        return (logits - seen.state["seen"] / 1e4).softmax(-1)


FAKES = (ExpertChoice, TopP, SoftMoE, Opinionated)


def known(kind: type[Router], monkeypatch: pytest.MonkeyPatch) -> str:
    """Its name, under which it is registered for the length of a test."""
    monkeypatch.setattr(ROUTERS, "_choices", {**ROUTERS._choices, kind.name: kind()})
    return kind.name


def arm(name: str, **knobs: object) -> ArmConfig:
    return ArmConfig.of("A", {**SMALL, "router": name, "balancer": "none", **knobs})
