"""Balance losses and capacities of other libraries: against loops, anchors and transformers."""

from __future__ import annotations

import math

import pytest
import torch
from transformers.models.mixtral import modeling_mixtral

from moeviz.config import RoutingConfig
from moeviz.routing import capacity_conventions as capacities
from moeviz.routing.balancers import BALANCERS, BALANCING_LOSSES, REFERENCE, StepRouting
from moeviz.routing.balancers.load_cv import smooth_load
from moeviz.routing.capacity import expert_capacity
from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS
from moeviz.routing.losses import load_balancing_loss
from moeviz.routing.record import Assignments, Chosen, Routing
from moeviz.routing.route import route
from moeviz.routing.routers import RouterInput
from moeviz.training.conventions import collapsed_step, even_step, made_up_routing
from moeviz.ui.conventions.lesson import TEXTS
from tests import oracles

LAYERS, SEQUENCES, LENGTH, EXPERTS = 3, 4, 6, 5
TOP_K = (1, 2, 3)
NOISE = 0.6
LOSSES = (*BALANCING_LOSSES, "z_loss")


def stepped(
    logits: torch.Tensor, top_k: int = 1, index: torch.Tensor | None = None, sequences: int = 1
) -> StepRouting:
    """Layers (L, T, E) that route by their logits, or to these experts (L, T, K)."""
    chosen = logits.topk(top_k, dim=-1).indices if index is None else index
    layers = map(made_up_routing, logits, chosen)
    return StepRouting(tuple(layers), sequences)


def routed(top_k: int, seed: int = 0, scale: float = 2.0) -> StepRouting:
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(LAYERS, SEQUENCES * LENGTH, EXPERTS, generator=generator)
    return stepped(logits, top_k, sequences=SEQUENCES)


def really_routed(top_k: int, seed: int = 0) -> StepRouting:
    """By sigmoids with noise, a bias and full experts: logits, scores, probabilities, what is
    ranked, and the experts before and after re-routing all differ."""
    generator = torch.Generator().manual_seed(seed)
    config = RoutingConfig(
        router="sigmoid_bias_groups", top_k=top_k, capacity_factor=1.0, drop_policy="reroute"
    )
    layers = []
    for _ in range(LAYERS):
        clean = 2 * torch.randn(SEQUENCES * LENGTH, EXPERTS, generator=generator)
        noisy = clean + NOISE * torch.randn(clean.shape, generator=generator)
        bias = torch.linspace(0, 0.3, EXPERTS)
        seen = RouterInput(noisy, clean_logits=clean, state={"selection_bias": bias})
        layers.append(route(seen, config))
    assert all((each.expert_index != each.chosen_index).any() for each in layers)
    return StepRouting(tuple(layers), SEQUENCES, router_noise=NOISE)


def loss(name: str, step: StepRouting, earlier: torch.Tensor | None = None) -> torch.Tensor:
    """Unscaled; `earlier`: counts (L, any number, E) of the batches before this one."""
    before = torch.zeros_like(step.counts)[:, None] if earlier is None else earlier
    return BALANCERS[name].loss(step, {"earlier_counts": before})


def layers_of(step: StepRouting) -> list[tuple[list, list]]:
    return [(each.router_probs.tolist(), each.chosen_index.tolist()) for each in step.layers]


@pytest.mark.parametrize("made", [routed, really_routed])
@pytest.mark.parametrize("top_k", TOP_K)
def test_each_loss_is_what_plain_loops_make_of_the_paper(top_k: int, made):
    step = made(top_k)
    layers = layers_of(step)
    before = [step.counts.flip(-1), step.counts.roll(1, -1), 2 * step.counts.roll(2, -1)]
    switch = [oracles.load_balancing_loss(p, i) for p, i in layers]
    counted = zip((step.counts + sum(before)).tolist(), layers, strict=True)
    shared = [
        EXPERTS * sum(n / sum(c) * m for n, m in zip(c, oracles.mean_of(p), strict=True))
        for c, (p, _) in counted
    ]
    logits = [each.router_logits.tolist() for each in step.layers]
    clean = [each.clean_logits.tolist() for each in step.layers]
    sigma = step.router_noise or 1 / EXPERTS
    expected = {
        "importance": sum(oracles.importance_loss(p, i) for p, i in layers),
        "load_cv": sum(
            oracles.load_loss(c, h, top_k, sigma) for c, h in zip(clean, logits, strict=True)
        ),
        "gshard": EXPERTS**2 * sum(oracles.gshard_loss(p, i) for p, i in layers),
        "switch": sum(switch),
        "hf_pooled": oracles.hugging_face_loss(*map(list, zip(*layers, strict=True))),
        "megablocks": sum(switch) / LAYERS,
        "sequence": sum(oracles.sequence_loss(p, i, LENGTH) for p, i in layers),
        "global_batch": sum(shared),
        "z_loss": sum(map(oracles.router_z_loss, logits)),
    }
    values = {name: loss(name, step, torch.stack(before, dim=1)).item() for name in LOSSES}
    assert values == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("top_k", TOP_K)
def test_the_gradient_is_that_of_finite_differences(name: str, top_k: int):
    """With the experts as they were chosen: counts carry no gradient."""
    step = routed(top_k)
    logits = torch.stack([each.router_logits for each in step.layers]).double().requires_grad_()
    index = torch.stack([each.chosen_index for each in step.layers])

    def of(values: torch.Tensor) -> torch.Tensor:
        return loss(name, stepped(values, index=index, sequences=SEQUENCES))

    (gradient,) = torch.autograd.grad(of(logits), logits)
    direction = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1)).double()
    epsilon = 1e-4 if name == "load_cv" else 3e-2  # the others compute in float32
    with torch.no_grad():
        ahead, behind = (of(logits + sign * epsilon * direction).item() for sign in (1, -1))
    slope = (ahead - behind) / (2 * epsilon)
    assert (gradient * direction).sum().item() == pytest.approx(slope, rel=0.05, abs=2e-4)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("top_k", [1, 2, EXPERTS])
def test_relabelled_experts_and_permuted_tokens_leave_the_loss(name: str, top_k: int):
    """Tokens within their own sequence."""
    step = routed(top_k)
    generator = torch.Generator().manual_seed(5)
    labels = torch.randperm(EXPERTS, generator=generator)
    order = torch.cat(
        [q * LENGTH + torch.randperm(LENGTH, generator=generator) for q in range(SEQUENCES)]
    )
    logits = torch.stack([each.router_logits for each in step.layers])
    moved = stepped(logits[:, order][:, :, labels], top_k, sequences=SEQUENCES)
    assert loss(name, moved).item() == pytest.approx(loss(name, step).item(), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("top_k", TOP_K)
def test_the_hugging_face_loss_is_what_transformers_computes(top_k: int):
    step = routed(top_k)
    logits = tuple(each.router_logits for each in step.layers)
    theirs = modeling_mixtral.load_balancing_loss_func(logits, EXPERTS, top_k)
    assert loss("hf_pooled", step).item() == pytest.approx(theirs.item(), rel=1e-5)


def one_sided(index: torch.Tensor, n_experts: int) -> torch.Tensor:
    """Logits that leave all probability to the given experts (L, T, K)."""
    logits = torch.full((*index.shape[:2], n_experts), -200.0)
    return logits.scatter(2, index, 0.0)


def test_two_collapsed_layers_that_complement_each_other_look_even_to_transformers():
    index = torch.tensor([[[0, 1]] * 8, [[2, 3]] * 8])
    logits = one_sided(index, 4)
    both = stepped(logits, index=index)
    alone = [loss("hf_pooled", StepRouting((each,), 1)).item() for each in both.layers]
    assert alone == [4.0, 4.0]
    assert loss("hf_pooled", both).item() == 2.0
    assert loss("switch", both).item() == 4.0  # 2 where even
    theirs = modeling_mixtral.load_balancing_loss_func(logits.unbind(), 4, 2)
    assert theirs.item() == pytest.approx(2.0)


def test_the_reference_is_the_loss_that_the_lab_trains_with():
    step = routed(2)
    per_layer = [load_balancing_loss(each.router_probs, each.chosen_index) for each in step.layers]
    assert REFERENCE == "switch"
    assert loss(REFERENCE, step).item() == pytest.approx(sum(each.item() for each in per_layer))


def in_numbers(anchor: str, top_k: int) -> float:
    """What the label of an anchor says for this shape."""
    formula = anchor.replace("·", "*").replace("²", "**2").replace("−", "-")
    return float(eval(formula, {"E": EXPERTS, "L": LAYERS, "k": top_k}))


@pytest.mark.parametrize("top_k", TOP_K)
@pytest.mark.parametrize("name", BALANCING_LOSSES)
def test_the_anchors_are_what_their_labels_say(name: str, top_k: int):
    balancer = BALANCERS[name]
    even = loss(name, even_step(LAYERS, EXPERTS, top_k)).item()
    collapsed = loss(name, collapsed_step(LAYERS, EXPERTS, top_k)).item()
    assert even == pytest.approx(in_numbers(balancer.at_even, top_k), abs=1e-6)
    assert collapsed == pytest.approx(in_numbers(balancer.at_collapse, top_k), rel=1e-5)


def test_first_choice_losses_do_not_see_where_second_choices_go():
    first = torch.arange(20)[None, :, None] % EXPERTS
    crowded = torch.where(first == 0, 1, 0)
    index = torch.cat([first, crowded], dim=-1)
    logits = torch.zeros(1, 20, EXPERTS)
    logits[..., 0] = 0.5  # expert 0 is likelier, and gets more second assignments
    both, alone = stepped(logits, index=index), stepped(logits, index=first)
    assert loss("gshard", both) == loss("gshard", alone)
    assert loss("switch", both) > loss("switch", alone)


def test_sequences_that_balance_each_other_out_are_even_for_the_batch_alone():
    index = torch.tensor([[[0]] * 4 + [[1]] * 4])
    step = stepped(one_sided(index, 2), index=index, sequences=2)
    assert loss("switch", step).item() == 1.0
    assert loss("sequence", step).item() == 2.0


def test_a_sequence_with_fewer_assignments_weighs_as_much_as_the_others():
    """A list of three assignments of the first sequence's tokens and one of the second's."""
    chosen = Chosen(
        torch.tensor([0, 0, 1, 2]), torch.tensor([0, 1, 0, 1]), torch.tensor([0, 1, 0, 0]), 4
    )
    probs = torch.tensor([[0.75, 0.25]] * 2 + [[0.5, 0.5], [0.25, 0.75]])
    assignments = Assignments(chosen, chosen.expert, torch.ones(4))
    layer = Routing(probs.log(), probs.log(), probs, probs, probs, assignments)
    first = 2 * (2 / 3 * 0.75 + 1 / 3 * 0.25)
    second = 2 * (0 * 0.375 + 1 * 0.625)
    value = loss("sequence", StepRouting((layer,), 2)).item()
    assert value == pytest.approx((first + second) / 2)


def test_a_batch_that_the_others_balance_out_is_even_for_the_global_batch_alone():
    index = torch.tensor([[[0]] * 4])
    step = stepped(one_sided(index, 2), index=index)
    assert loss("switch", step).item() == 2.0
    assert loss("global_batch", step, torch.tensor([[[0.0, 4.0]]])).item() == 1.0


@pytest.mark.parametrize(("top_k", "has_one"), [(1, False), (2, True)])
def test_importance_gives_no_gradient_to_one_expert_a_token(top_k: int, has_one: bool):
    logits = torch.randn(LAYERS, 8, EXPERTS, generator=torch.Generator().manual_seed(3))
    logits.requires_grad_()
    loss("importance", stepped(logits, top_k)).backward()
    assert logits.grad is not None
    assert (logits.grad.norm().item() > 1e-3) is has_one


@pytest.mark.parametrize("top_k", [1, 2, EXPERTS])
def test_the_smooth_load_is_the_chance_to_be_chosen_with_noise_on_ones_own_logit(top_k: int):
    """Drawn: noise on one expert's logit at a time, the others as they are."""
    generator, sigma, draws = torch.Generator().manual_seed(2), 0.7, 4000
    logits = torch.randn(3, EXPERTS, generator=generator)
    expected = torch.zeros(EXPERTS)
    for expert in range(EXPERTS):
        noisy = logits.repeat(draws, 1, 1)
        noisy[:, :, expert] += sigma * torch.randn(draws, 3, generator=generator)
        chosen = (noisy.topk(top_k, dim=-1).indices == expert).any(dim=-1)
        expected[expert] = chosen.float().mean(dim=0).sum()
    routing = made_up_routing(logits, logits.topk(top_k, dim=-1).indices)
    torch.testing.assert_close(smooth_load(routing, sigma), expected, rtol=0, atol=0.06)


def test_averaging_layers_divides_the_loss_by_their_number():
    step = routed(2)
    expected = LAYERS * loss("megablocks", step).item()
    assert loss("switch", step).item() == pytest.approx(expected)


@pytest.mark.parametrize("top_k", TOP_K)
def test_hugging_faces_gradient_is_k_times_an_average_of_layers_and_k_over_l_of_a_sum(top_k: int):
    """If all layers have the same load; the answer of Library conventions says so."""
    layer = routed(top_k).layers[0].router_logits
    logits = layer.expand(LAYERS, -1, -1).clone().requires_grad_()
    step = stepped(logits, top_k)
    pooled, averaged, added = (
        torch.autograd.grad(loss(name, step), logits, retain_graph=True)[0]
        for name in ("hf_pooled", "megablocks", "switch")
    )
    torch.testing.assert_close(pooled, top_k * averaged)
    torch.testing.assert_close(pooled, top_k / LAYERS * added)
    said = "its gradient is k times that of a loss that averages layers, and k/L times that of"
    assert f"If all layers have the same load, {said} Megatron, which adds them." in TEXTS["Answer"]


@pytest.mark.parametrize(
    ("name", "k_1", "k_2"),
    [
        ("switch_paper", 62.5, 62.5),
        ("mesh_tensorflow", 62, 62),
        ("flaxformer", 62, 62),  # Python rounds a half to the even number
        ("megatron", 63, 125),
        ("deepspeed", 63, 125),
        ("tutel", 62, 124),
        ("megablocks", 62, 125),
        ("vmoe", 64, 128),  # rounded up, then to a multiple of 4
    ],
)
def test_a_factor_of_1_and_a_quarter_for_400_tokens_and_8_experts(name, k_1, k_2):
    slots = CAPACITY_CONVENTIONS[name].slots
    assert (slots(400, 8, 1, 1.25), slots(400, 8, 2, 1.25)) == (k_1, k_2)


@pytest.mark.parametrize("name", CAPACITY_CONVENTIONS)
def test_room_for_all_choices_is_what_counting_k_means(name: str):
    convention = CAPACITY_CONVENTIONS[name]
    for top_k in (1, 2, 4):
        room = convention.slots(1024, 8, top_k, 1.0) * 8 / (1024 * top_k)
        assert room == pytest.approx(1.0 if convention.counts_k else 1 / top_k)


def test_gshards_top_2_is_a_factor_of_2_without_k():
    assert capacities.mesh_tensorflow(1024, 8, 2, 2.0) == 2 * 1024 // 8


def test_meshs_experts_have_never_more_slots_than_there_are_tokens():
    assert capacities.mesh_tensorflow(100, 4, 2, 8.0) == 100
    assert capacities.flaxformer(100, 4, 2, 8.0) == 200


def test_a_library_that_rounds_after_k_has_one_slot_more():
    """T = 12, E = 8: 1.5 tokens an expert, two choices each."""
    slots = {name: each.slots(12, 8, 2, 1.0) for name, each in CAPACITY_CONVENTIONS.items()}
    assert slots["tutel"] == 4  # 2 · ⌊⌈1.5⌉⌋
    assert slots["megatron"] == 3
    assert slots["megablocks"] == 3


def test_small_batches_have_four_slots_where_the_library_says_so():
    small = {name: each.slots(8, 8, 1, 1.0) for name, each in CAPACITY_CONVENTIONS.items()}
    floored = {name for name, slots in small.items() if slots == capacities.LEAST_SLOTS}
    assert floored == {"mesh_tensorflow", "flaxformer", "deepspeed", "vmoe"}


@pytest.mark.parametrize("factor", [0.25, 0.5, 1.0, 1.25, 2.0])
@pytest.mark.parametrize("top_k", [1, 2])
def test_the_lab_counts_like_megatron(factor: float, top_k: int):
    """At factors that binary numbers hold exactly: elsewhere floating point may round a slot up."""
    ours = expert_capacity(1152, 8, top_k, factor)
    assert ours == capacities.megatron(1152, 8, top_k, factor)
    assert math.isclose(ours, 1152 * top_k / 8 * factor, abs_tol=1)
