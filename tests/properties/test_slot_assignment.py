"""Which assignments get a capacity slot: every drop policy against the papers' queues."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from moeviz.config import DROP_POLICIES
from moeviz.routing.record import Chosen
from moeviz.routing.scores import router_probabilities
from moeviz.routing.selection import biased_scores, select_experts
from moeviz.routing.slots import queue_places
from tests import oracles
from tests.routed import SlotsByToken, slots_by_token
from tests.strategies import groupings, routing_cases, seeds


@dataclass(frozen=True)
class SlotCase:
    """What top-k chose for each token, from which scores, and how many slots an expert has."""

    expert_index: Tensor
    router_scores: Tensor
    scores: Tensor
    capacity: int

    @property
    def assignments(self) -> int:
        return self.expert_index.numel()

    @property
    def load(self) -> Tensor:
        """Assignments of each expert."""
        return self.expert_index.flatten().bincount(minlength=self.scores.shape[1])

    @property
    def gate_weights(self) -> Tensor:
        """The router's score of each assignment."""
        return self.router_scores.gather(-1, self.expert_index)

    def assigned(self, policy: str, capacity: int = -1) -> SlotsByToken:
        slots = self.capacity if capacity == -1 else capacity
        return slots_by_token(self.expert_index, self.router_scores, self.scores, slots, policy)


@st.composite
def slot_cases(draw: st.DrawFn, top_k: int | None = None, grouped: bool = True) -> SlotCase:
    """From even to collapsed loads; with groups, experts that a token may not use."""
    case = draw(routing_cases(max_tokens=20, max_experts=8))
    probs = router_probabilities(case.router_logits)
    n_groups, kept_groups = draw(groupings(case.n_experts)) if grouped else (1, 1)
    scores = biased_scores(probs, None, n_groups, kept_groups)
    room = case.n_experts // n_groups * kept_groups
    expert_index = select_experts(scores, top_k or min(case.top_k, room))
    return SlotCase(expert_index, probs, scores, draw(st.integers(1, 8)))


policies = st.sampled_from(DROP_POLICIES)
orders = st.sampled_from(list(oracles.ORDERS))
keeping_choices = st.sampled_from([each for each in DROP_POLICIES if each != "reroute"])


@given(slot_cases(), orders)
def test_assignments_queue_in_the_papers_order(case: SlotCase, policy: str):
    assigned = case.assigned(policy)
    order = oracles.ORDERS[policy](case.gate_weights.tolist())
    places = oracles.queue_places(case.expert_index.tolist(), order)
    assert assigned.queue_place.tolist() == places
    assert assigned.kept.tolist() == [[place < case.capacity for place in row] for row in places]


@given(slot_cases())
def test_rerouting_is_no_token_left_behind(case: SlotCase):
    assigned = case.assigned("reroute")
    index, places, kept = oracles.rerouted(
        case.expert_index.tolist(), case.scores.tolist(), case.capacity
    )
    assert assigned.expert_index.tolist() == index
    assert assigned.queue_place.tolist() == places
    assert assigned.kept.tolist() == kept


@given(slot_cases(), keeping_choices)
def test_each_expert_keeps_what_it_got_up_to_its_capacity(case: SlotCase, policy: str):
    assigned = case.assigned(policy)
    assert torch.equal(assigned.expert_index, case.expert_index)
    computed = case.expert_index[assigned.kept].bincount(minlength=len(case.load))
    assert computed.tolist() == case.load.clamp(max=case.capacity).tolist()


@given(slot_cases(), policies)
def test_every_assignment_is_kept_or_dropped_and_no_expert_has_more_than_its_slots(case, policy):
    assigned = case.assigned(policy)
    computed = assigned.expert_index[assigned.kept].bincount(minlength=len(case.load))
    assert computed.max() <= case.capacity
    assert computed.sum().item() == case.assignments - (~assigned.kept).sum().item()
    assert torch.equal(assigned.kept, assigned.queue_place < case.capacity)


@given(slot_cases(), policies)
def test_the_slots_of_an_expert_are_filled_once_each_without_a_gap(case, policy):
    assigned = case.assigned(policy)
    for expert in range(len(case.load)):
        mine = assigned.kept & (assigned.expert_index == expert)
        assert sorted(assigned.queue_place[mine].tolist()) == list(range(int(mine.sum())))


@given(slot_cases(), policies)
def test_with_a_slot_for_each_every_policy_keeps_all_where_the_router_chose(case, policy):
    for capacity in (int(case.load.max()), case.assignments):
        assigned = case.assigned(policy, capacity)
        assert assigned.kept.all()
        assert torch.equal(assigned.expert_index, case.expert_index)


@given(slot_cases(top_k=1, grouped=False))
def test_rerouting_one_expert_a_token_fills_every_slot_before_it_drops(case: SlotCase):
    slots = len(case.load) * case.capacity
    assert case.assigned("reroute").kept.sum().item() == min(case.assignments, slots)


@given(slot_cases())
def test_rerouting_sends_no_token_twice_to_one_expert_or_where_it_may_not_go(case: SlotCase):
    assigned = case.assigned("reroute")
    for sent, kept, scores in zip(assigned.expert_index, assigned.kept, case.scores, strict=True):
        used = sent[kept].tolist()
        assert len(set(used)) == len(used)
        assert scores[sent].isfinite().all()


@given(slot_cases())
def test_rerouting_moves_only_those_whom_their_position_leaves_without_a_slot(case: SlotCase):
    stayed, moved = case.assigned("position"), case.assigned("reroute")
    assert torch.equal(moved.expert_index[stayed.kept], case.expert_index[stayed.kept])
    assert torch.equal(moved.queue_place[stayed.kept], stayed.queue_place[stayed.kept])
    assert moved.kept[stayed.kept].all()
    newly = moved.kept & ~stayed.kept
    assert (moved.expert_index != case.expert_index)[newly].all()
    assert torch.equal(moved.expert_index[~moved.kept], case.expert_index[~moved.kept])


@given(slot_cases(grouped=False), policies, seeds)
def test_relabelling_experts_relabels_slots(case: SlotCase, policy: str, seed: int):
    order = torch.randperm(len(case.load), generator=torch.Generator().manual_seed(seed))
    relabelled = slots_by_token(
        order.argsort()[case.expert_index],
        case.router_scores[:, order],
        case.scores[:, order],
        case.capacity,
        policy,
    )
    assigned = case.assigned(policy)
    assert torch.equal(order[relabelled.expert_index], assigned.expert_index)
    assert torch.equal(relabelled.queue_place, assigned.queue_place)
    assert torch.equal(relabelled.kept, assigned.kept)


@given(slot_cases(), seeds)
def test_the_shuffle_depends_on_neither_scores_nor_gates(case: SlotCase, seed: int):
    """The same positions queue first, each time and whatever the router says of them."""
    generator = torch.Generator().manual_seed(seed)
    again = slots_by_token(
        case.expert_index,
        torch.rand(case.scores.shape, generator=generator),
        torch.rand(case.scores.shape, generator=generator),
        case.capacity,
        "random",
    )
    assert torch.equal(again.queue_place, case.assigned("random").queue_place)


@given(st.integers(1, 300), st.integers(1, 4), st.integers(2, 6))
def test_the_shuffle_orders_all_positions_by_itself_alone(n_tokens, top_k, n_experts):
    """Every expert's queue is the one order of all assignments, without those of others."""
    one = Chosen.rectangle(torch.zeros(n_tokens, top_k, dtype=torch.int64))
    alone = one.by_token(queue_places(one, torch.ones(n_tokens, 1), "random"))
    assert sorted(alone.flatten().tolist()) == list(range(n_tokens * top_k))
    assume(top_k <= n_experts)
    generator = torch.Generator().manual_seed(n_tokens)
    scores = torch.rand(n_tokens, n_experts, generator=generator)
    expert_index = select_experts(scores, top_k)
    several = Chosen.rectangle(expert_index)
    place = several.by_token(queue_places(several, scores, "random"))
    for expert in range(n_experts):
        mine = expert_index == expert
        assert torch.equal(place[mine].argsort(), alone[mine].argsort())
