"""Balance losses and capacities of other libraries: against loops, anchors and transformers."""

from __future__ import annotations

import math

import pytest
import torch
from transformers.models.mixtral import modeling_mixtral

from moeviz.routing import capacity_conventions as capacities
from moeviz.routing.capacity import expert_capacity
from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS
from moeviz.routing.conventions import (
    LOSS_CONVENTIONS,
    REFERENCE,
    RoutedBatch,
    collapsed_batch,
    even_batch,
    first_choice,
    global_batch,
    gshard_as_printed,
    hugging_face,
    importance,
    megablocks,
    sequence_wise,
    slot_counts,
    switch_megatron,
)
from moeviz.routing.losses import load_balancing_loss
from moeviz.ui.conventions.lesson import TEXTS
from tests import oracles

LAYERS, SEQUENCES, LENGTH, EXPERTS = 3, 4, 6, 5
TOP_K = (1, 2, 3)


def routed(top_k: int, seed: int = 0, scale: float = 2.0) -> RoutedBatch:
    generator = torch.Generator().manual_seed(seed)
    shape = (LAYERS, SEQUENCES * LENGTH, EXPERTS)
    probs = (scale * torch.randn(shape, generator=generator)).softmax(-1)
    index = probs.topk(top_k, dim=-1).indices
    counts = slot_counts(index, EXPERTS)
    return RoutedBatch(probs, index, SEQUENCES, counts + counts.flip(-1))


def layers_of(batch: RoutedBatch) -> list[tuple[list, list]]:
    return list(zip(batch.router_probs.tolist(), batch.expert_index.tolist(), strict=True))


@pytest.mark.parametrize("top_k", TOP_K)
def test_each_loss_is_what_plain_loops_make_of_the_paper(top_k: int):
    batch = routed(top_k)
    layers = layers_of(batch)
    switch = [oracles.load_balancing_loss(p, i) for p, i in layers]
    gshard = [oracles.gshard_loss(p, i) for p, i in layers]
    counted = zip(batch.global_counts.tolist(), layers, strict=True)
    shared = [
        EXPERTS * sum(n / sum(c) * m for n, m in zip(c, oracles.mean_of(p), strict=True))
        for c, (p, _) in counted
    ]
    expected = {
        "switch_megatron": sum(switch),
        "hugging_face": oracles.hugging_face_loss(*map(list, zip(*layers, strict=True))),
        "gshard_as_printed": sum(gshard),
        "first_choice": EXPERTS**2 * sum(gshard),
        "megablocks": sum(switch) / LAYERS,
        "sequence_wise": sum(oracles.sequence_loss(p, i, LENGTH) for p, i in layers),
        "global_batch": sum(shared),
        "importance": sum(oracles.importance_loss(p, i) for p, i in layers),
    }
    values = {name: each.loss(batch).item() for name, each in LOSS_CONVENTIONS.items()}
    assert values == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("top_k", TOP_K)
def test_the_hugging_face_loss_is_what_transformers_computes(top_k: int):
    batch = routed(top_k)
    logits = tuple(layer.log() for layer in batch.router_probs)
    theirs = modeling_mixtral.load_balancing_loss_func(logits, EXPERTS, top_k)
    assert hugging_face(batch).item() == pytest.approx(theirs.item(), rel=1e-5)


def test_two_collapsed_layers_that_complement_each_other_look_even_to_transformers():
    index = torch.tensor([[[0, 1]] * 8, [[2, 3]] * 8])
    probs = torch.zeros(2, 8, 4).scatter(2, index, 0.5)
    both = RoutedBatch(probs, index, 1, slot_counts(index, 4))
    alone = [
        hugging_face(
            RoutedBatch(probs[i : i + 1], index[i : i + 1], 1, both.global_counts[i : i + 1])
        )
        for i in range(2)
    ]
    assert [each.item() for each in alone] == [4.0, 4.0]
    assert hugging_face(both).item() == 2.0
    assert switch_megatron(both).item() == 4.0  # 2 where even
    logits = (probs * 1e4).unbind()
    assert modeling_mixtral.load_balancing_loss_func(logits, 4, 2).item() == pytest.approx(2.0)


def test_the_reference_is_the_loss_that_the_lab_trains_with():
    batch = routed(2)
    per_layer = map(load_balancing_loss, batch.router_probs, batch.expert_index)
    assert REFERENCE == "switch_megatron"
    assert LOSS_CONVENTIONS[REFERENCE].loss(batch).item() == pytest.approx(
        sum(each.item() for each in per_layer)
    )


def in_numbers(anchor: str, top_k: int) -> float:
    """What the label of an anchor says for this shape."""
    formula = anchor.replace("·", "*").replace("²", "**2").replace("−", "-")
    return float(eval(formula, {"E": EXPERTS, "L": LAYERS, "k": top_k}))


@pytest.mark.parametrize("top_k", TOP_K)
@pytest.mark.parametrize("name", LOSS_CONVENTIONS)
def test_the_anchors_are_what_their_labels_say(name: str, top_k: int):
    convention, batch = LOSS_CONVENTIONS[name], routed(top_k)
    even = convention.loss(even_batch(batch)).item()
    collapsed = convention.loss(collapsed_batch(batch)).item()
    assert even == pytest.approx(in_numbers(convention.at_even, top_k), abs=1e-6)
    assert collapsed == pytest.approx(in_numbers(convention.at_collapse, top_k), rel=1e-5)


def test_first_choice_losses_do_not_see_where_second_choices_go():
    probs = torch.full((1, 20, EXPERTS), 1 / EXPERTS)
    first = torch.arange(20)[None, :, None] % EXPERTS
    crowded = torch.where(first == 0, 1, 0)
    index = torch.cat([first, crowded], dim=-1)
    probs = probs + 0.1 * torch.eye(EXPERTS)[0]  # expert 0 is likelier, and gets more second slots
    batch = RoutedBatch(probs, index, 1, slot_counts(index, EXPERTS))
    alone = RoutedBatch(probs, first, 1, slot_counts(first, EXPERTS))
    assert first_choice(batch) == first_choice(alone)
    assert gshard_as_printed(batch) == gshard_as_printed(alone)
    assert switch_megatron(batch) > switch_megatron(alone)


def test_sequences_that_balance_each_other_out_are_even_for_the_batch_alone():
    index = torch.tensor([[[0]] * 4 + [[1]] * 4])
    probs = torch.eye(2)[index[..., 0]]
    batch = RoutedBatch(probs, index, 2, slot_counts(index, 2))
    assert switch_megatron(batch).item() == 1.0
    assert sequence_wise(batch).item() == 2.0


def test_a_batch_that_the_others_balance_out_is_even_for_the_global_batch_alone():
    index = torch.tensor([[[0]] * 4])
    probs = torch.eye(2)[index[..., 0]]
    batch = RoutedBatch(probs, index, 1, torch.tensor([[4.0, 4.0]]))
    assert switch_megatron(batch).item() == 2.0
    assert global_batch(batch).item() == 1.0


@pytest.mark.parametrize(("top_k", "has_one"), [(1, False), (2, True)])
def test_importance_gives_no_gradient_to_one_expert_a_token(top_k: int, has_one: bool):
    logits = torch.randn(LAYERS, 8, EXPERTS, generator=torch.Generator().manual_seed(3))
    logits.requires_grad_()
    probs = logits.softmax(-1)
    index = probs.topk(top_k, dim=-1).indices
    importance(RoutedBatch(probs, index, 1, slot_counts(index, EXPERTS))).backward()
    assert logits.grad is not None
    assert (logits.grad.norm().item() > 1e-3) is has_one


def test_averaging_layers_divides_the_loss_by_their_number():
    batch = routed(2)
    assert switch_megatron(batch).item() == pytest.approx(LAYERS * megablocks(batch).item())


@pytest.mark.parametrize("top_k", TOP_K)
def test_hugging_faces_gradient_is_k_times_an_average_of_layers_and_k_over_l_of_a_sum(top_k: int):
    """If all layers have the same load; the answer of Library conventions says so."""
    layer = routed(top_k).router_probs[:1].expand(LAYERS, -1, -1)
    logits = layer.log().requires_grad_()
    probs = logits.softmax(-1)
    index = probs.topk(top_k, dim=-1).indices
    batch = RoutedBatch(probs, index, SEQUENCES, slot_counts(index, EXPERTS))
    gradient = {
        loss: torch.autograd.grad(loss(batch), logits, retain_graph=True)[0]
        for loss in (hugging_face, megablocks, switch_megatron)
    }
    torch.testing.assert_close(gradient[hugging_face], top_k * gradient[megablocks])
    torch.testing.assert_close(gradient[hugging_face], top_k / LAYERS * gradient[switch_megatron])
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
