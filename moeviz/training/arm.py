"""Trains one model of a run: its optimiser, its batches and its own random generators.

`step()` takes one optimiser step and returns what it measured. Single-threaded and deterministic:
the same config gives bitwise the same records, alone or beside other arms. Knows nothing of
processes, files, clocks or who is watching.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from moeviz.config import ArmConfig, check_live
from moeviz.data.batches import Batch, BatchSampler, held_out_batch
from moeviz.data.corpus import load_corpus
from moeviz.model.feed_forward import LayerPass
from moeviz.model.transformer import LanguageModel
from moeviz.records import RunFailure, StepSnapshot, TrainingDiverged
from moeviz.routing.balancers import BALANCERS, StepRouting
from moeviz.routing.losses import load_balancing_loss, router_z_loss
from moeviz.routing.names import check_names
from moeviz.routing.routers import ROUTERS
from moeviz.training.measure import LoadWindow, domain_means, measured_loads
from moeviz.training.method_state import carried_state, check_parameters, fresh_state
from moeviz.training.probe import Probe

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

EVALUATE_EVERY = 20
"""Steps between two measurements on held-out text."""

HELD_OUT_SEQUENCES = 3
"""Held-out sequences per domain in one measurement."""

MAX_GRADIENT_NORM = 1.0
ADAM_BETAS = (0.9, 0.999)


class ArmTrainer:
    """One model in training."""

    def __init__(self, arm: ArmConfig) -> None:
        self.arm = arm
        self.step_count = 0
        self._corpus = corpus = load_corpus(arm.model.vocab_size, arm.train.user_text)
        self.domains = corpus.domains
        context = arm.model.context_length
        self._sampler = BatchSampler(corpus, arm.train.batch_size, context, arm.train.seed)
        self._held_out = held_out_batch(corpus, context, HELD_OUT_SEQUENCES)
        generator = torch.Generator().manual_seed(arm.train.seed)
        self.model = LanguageModel(arm.model, generator, arm.routing.router)
        self._noise = torch.Generator().manual_seed(arm.train.seed)
        self.optimiser = self._fresh_optimiser()
        self._state = fresh_state(arm)
        n_experts = 0 if arm.model.is_dense else arm.model.n_experts
        self._window = LoadWindow(arm.model.n_layers, n_experts)

    @property
    def text_hashes(self) -> Mapping[str, str]:
        """Of the built-in texts that it trains on, by domain."""
        return self._corpus.hashes

    def _fresh_optimiser(self) -> torch.optim.AdamW:
        rate = self.arm.train.learning_rate
        return torch.optim.AdamW(self.model.parameters(), lr=rate, betas=ADAM_BETAS, fused=True)

    @property
    def tokens_per_step(self) -> int:
        """T = B·S training tokens of one step."""
        return self.arm.train.batch_size * self.arm.model.context_length

    def set(self, knobs: Mapping[str, Any]) -> None:
        """Change live knobs, in force from the next step on; ConfigError changes nothing."""
        changed = self.arm.with_knobs(check_live(knobs))
        check_names(changed.knobs)
        check_parameters(self.model, changed)
        self._state = carried_state(self._state, self.arm, changed)
        self.arm = changed
        for group in self.optimiser.param_groups:
            group["lr"] = changed.train.learning_rate

    def step(self) -> StepSnapshot:
        """One optimiser step on the next batch; raises TrainingDiverged and leaves the weights."""
        for change in self.arm.schedule:
            if change.step == self.step_count + 1:
                self.set(change.knobs)
        batch = self._sampler.next_batch()
        logits, passes = self._forward(batch, self._noise)
        token_losses = _token_losses(logits, batch)
        routed = self._routed(batch, passes)
        z_losses = [router_z_loss(each.router_logits) for each in routed.layers]
        auxiliary = self._auxiliary_loss(routed, z_losses)
        cross_entropy = token_losses.mean()
        self._update(cross_entropy + auxiliary)
        self.step_count += 1
        with torch.no_grad():
            self._move_state(routed)
            return self._snapshot(batch, token_losses, auxiliary, z_losses, routed)

    def _forward(
        self, batch: Batch, noise: torch.Generator | None
    ) -> tuple[Float[Tensor, "B S V"], tuple[LayerPass, ...]]:
        """Logits of each next token, and each layer's pass."""
        logits, passes = self.model(batch.tokens[:, :-1], self.arm.routing, self._state, noise)
        return logits, passes

    def _routed(self, batch: Batch, passes: tuple[LayerPass, ...]) -> StepRouting:
        routings = tuple(each.routing for each in passes)
        noise, own = self.arm.routing.router_noise, self.arm.balance.own
        return StepRouting(routings, len(batch.tokens), noise, own)

    def _auxiliary_loss(
        self, routed: StepRouting, z_losses: list[Float[Tensor, ""]]
    ) -> Float[Tensor, ""]:
        """What the balancer adds, scaled, and beside it the z-loss, added up over layers."""
        if not routed.layers:
            return torch.zeros(())
        balance = self.arm.balance
        balancer = BALANCERS[balance.balancer]
        balancing = balancer.auxiliary_loss(routed, self._state, balance)
        if not balancer.beside_z_loss:
            return balancing
        return balancing + balance.z_loss_coefficient * torch.stack(z_losses).sum()

    def _update(self, loss: Float[Tensor, ""]) -> None:
        """Backward and optimiser step, unless loss or gradient is not finite."""
        if not math.isfinite(loss.item()):
            self._fail(f"the loss is {loss.item()}")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        parameters = list(self.model.parameters())
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        if not math.isfinite(norm.item()):
            self._fail(f"the gradient's norm is {norm.item()}")
        if norm.item() > MAX_GRADIENT_NORM:  # seldom: most steps are spared a pass over all experts
            torch.nn.utils.clip_grads_with_norm_(parameters, MAX_GRADIENT_NORM, norm)
        self.optimiser.step()

    def _fail(self, reason: str) -> None:
        raise TrainingDiverged(RunFailure(self.step_count + 1, self.arm.name, reason))

    def _snapshot(
        self,
        batch: Batch,
        token_losses: Float[Tensor, "B S"],
        auxiliary: Float[Tensor, ""],
        z_losses: list[Float[Tensor, ""]],
        routed: StepRouting,
    ) -> StepSnapshot:
        loads = measured_loads(routed.layers, self.arm.model)
        self._window.append(loads)
        layers = self.arm.model.n_layers
        switch = [
            load_balancing_loss(each.router_probs, each.assignments.chosen.expert)
            for each in routed.layers
        ]
        return StepSnapshot(
            step=self.step_count,
            cross_entropy=token_losses.mean().item(),
            domain_cross_entropy=domain_means(token_losses, batch.domain, len(self.domains)),
            **self._held_out_measures(),
            expert_load=loads.expert_load.numpy(),
            processed_load=loads.processed_load.numpy(),
            mean_router_prob=loads.mean_router_prob.numpy(),
            **self._window.metrics(loads.top_k),
            load_balancing_loss=_per_layer(switch, layers),
            router_z_loss=_per_layer(z_losses, layers),
            auxiliary_loss=auxiliary.item(),
        )

    def _move_state(self, routed: StepRouting) -> None:
        """What router and balancer keep, for the next step."""
        if routed.layers:
            balancer = BALANCERS[self.arm.balance.balancer]
            moved = balancer.after_step(routed, self._state, self.arm.balance)
            router = ROUTERS[self.arm.routing.router]
            self._state = router.after_step(routed.layers, moved)

    def _held_out_measures(self) -> dict[str, Any]:
        """The held-out fields of StepSnapshot: (domains,) on steps that evaluate, else NaN."""
        names, n_domains = ("held_out_cross_entropy", "held_out_accuracy"), len(self.domains)
        due = self.step_count == 1 or self.step_count % EVALUATE_EVERY == 0
        if not due:
            return dict.fromkeys(names, [math.nan] * n_domains)
        logits, _ = self._forward(self._held_out, None)
        right = (logits.argmax(-1) == self._held_out.tokens[:, 1:]).float()
        measured = (_token_losses(logits, self._held_out), right)
        means = [domain_means(each, self._held_out.domain, n_domains) for each in measured]
        return dict(zip(names, means, strict=True))

    def probe(self) -> Probe:
        """The model as it is, for questions."""
        return Probe(self.step_count, self.arm, self.model, self._state, self._corpus)

    def probe_of(
        self, state: Mapping[str, Shaped[Tensor, ...]], arm: ArmConfig, step_count: int
    ) -> Probe:
        """The model as `state` holds it, for questions."""
        model = LanguageModel(arm.model, torch.Generator(), arm.routing.router)
        _load(model, state)
        return Probe(step_count, arm, model, _method_state(state, arm), self._corpus)

    def state(self) -> dict[str, Shaped[Tensor, ...]]:
        """Everything that the next step depends on, by name."""
        tensors = {f"model.{name}": each for name, each in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            for slot, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"optimiser.{slot}.{name}"] = value
        tensors["sampler"] = self._sampler.state()
        tensors["noise"] = self._noise.get_state()
        tensors |= {f"method.{name}": each for name, each in self._state.items()}
        tensors |= {f"window.{name}": each for name, each in self._window.state().items()}
        return {name: each.detach().clone() for name, each in tensors.items()}

    def restore(
        self, state: Mapping[str, Shaped[Tensor, ...]], arm: ArmConfig, step_count: int
    ) -> None:
        """Go on exactly where `state` was taken."""
        _load(self.model, state)  # first: the router in force may need the parameters
        self.arm, self.step_count = arm, step_count
        self.set({})
        self.optimiser = self._fresh_optimiser()
        slots = ("step", "exp_avg", "exp_avg_sq")
        for name, parameter in self.model.named_parameters():
            kept = {s: state.get(f"optimiser.{s}.{name}") for s in slots}
            if kept["step"] is not None:
                self.optimiser.state[parameter] = {
                    s: t.clone() for s, t in kept.items() if t is not None
                }
        self._sampler.restore(state["sampler"])
        self._noise.set_state(state["noise"])
        self._state = _method_state(state, arm)
        window = {n[7:]: t for n, t in state.items() if n.startswith("window.")}
        # Earlier versions kept no k of the window's steps, then one for all layers.
        steps = len(window["processed"])
        log_k = window.get("log_k", torch.full((steps,), math.log(arm.routing.top_k)))
        self._window.restore({**window, "log_k": log_k.expand(arm.model.n_layers, steps)})


def _token_losses(logits: Float[Tensor, "B S V"], batch: Batch) -> Float[Tensor, "B S"]:
    """Cross-entropy in nats."""
    targets = batch.tokens[:, 1:]
    losses = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return losses.view(targets.shape)


def _load(model: LanguageModel, state: Mapping[str, Shaped[Tensor, ...]]) -> None:
    """The weights of a state, also of a router that the model had when it was built."""
    weights = {n.removeprefix("model."): t for n, t in state.items() if n.startswith("model.")}
    for name, weight in weights.items():
        layer, dot, own = name.partition(".router_parameters.")
        if dot:
            parameters = model.get_submodule(f"{layer}.router_parameters")
            assert isinstance(parameters, torch.nn.ParameterDict)
            parameters[own] = torch.nn.Parameter(weight.clone())
    model.load_state_dict(weights)


def _method_state(
    state: Mapping[str, Shaped[Tensor, ...]], arm: ArmConfig
) -> dict[str, Shaped[Tensor, "L ..."]]:
    """What router and balancer kept. Earlier versions saved the selection bias of every run."""
    named = {n.removeprefix("method."): t for n, t in state.items() if n.startswith("method.")}
    if "selection_bias" in state:
        named["selection_bias"] = state["selection_bias"]
    fresh = fresh_state(arm)
    return {name: named.get(name, each).clone() for name, each in fresh.items()}


def _per_layer(values: list[Float[Tensor, ""]], layers: int) -> Any:
    """(L,), NaN for a dense model."""
    return torch.stack(values).numpy() if values else [math.nan] * layers
