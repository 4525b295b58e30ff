"""Who finds a seat at a full expert: every drop policy against the papers' queues."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from moeviz.config import DROP_POLICIES
from moeviz.routing.capacity import Seating, seated
from moeviz.routing.scores import router_probabilities
from moeviz.routing.selection import select_experts, selection_scores
from tests import oracles
from tests.strategies import groupings, routing_cases, seeds


@dataclass(frozen=True)
class SeatingCase:
    """What top-k chose for each token, from which scores, and how many seats an expert has."""

    expert_index: Tensor
    gate_weights: Tensor
    scores: Tensor
    capacity: int

    @property
    def slots(self) -> int:
        return self.expert_index.numel()

    @property
    def load(self) -> Tensor:
        """Slots that each expert was chosen for."""
        return self.expert_index.flatten().bincount(minlength=self.scores.shape[1])

    def seated(self, policy: str, capacity: int | None = -1) -> Seating:
        room = self.capacity if capacity == -1 else capacity
        return seated(self.expert_index, self.gate_weights, self.scores, room, policy)


@st.composite
def seating_cases(draw: st.DrawFn, top_k: int | None = None, grouped: bool = True) -> SeatingCase:
    """From even to collapsed loads; with groups, experts that a token may not use."""
    case = draw(routing_cases(max_tokens=20, max_experts=8))
    probs = router_probabilities(case.router_logits)
    n_groups, kept_groups = draw(groupings(case.n_experts)) if grouped else (1, 1)
    scores = selection_scores(probs, None, n_groups, kept_groups)
    room = case.n_experts // n_groups * kept_groups
    expert_index = select_experts(scores, top_k or min(case.top_k, room))
    return SeatingCase(
        expert_index, probs.gather(-1, expert_index), scores, draw(st.integers(1, 8))
    )


policies = st.sampled_from(DROP_POLICIES)
orders = st.sampled_from(list(oracles.ORDERS))
keeping_choices = st.sampled_from([each for each in DROP_POLICIES if each != "reroute"])


@given(seating_cases(), orders)
def test_slots_take_their_seats_in_the_papers_order(case: SeatingCase, policy: str):
    seating = case.seated(policy)
    order = oracles.ORDERS[policy](case.gate_weights.tolist())
    places = oracles.queue_places(case.expert_index.tolist(), order)
    assert seating.queue_place.tolist() == places
    assert seating.kept.tolist() == [[place < case.capacity for place in row] for row in places]


@given(seating_cases())
def test_rerouting_is_no_token_left_behind(case: SeatingCase):
    seating = case.seated("reroute")
    index, places, kept = oracles.rerouted(
        case.expert_index.tolist(), case.scores.tolist(), case.capacity
    )
    assert seating.expert_index.tolist() == index
    assert seating.queue_place.tolist() == places
    assert seating.kept.tolist() == kept


@given(seating_cases(), keeping_choices)
def test_each_expert_keeps_what_it_got_up_to_its_capacity(case: SeatingCase, policy: str):
    seating = case.seated(policy)
    assert torch.equal(seating.expert_index, case.expert_index)
    computed = case.expert_index[seating.kept].bincount(minlength=len(case.load))
    assert computed.tolist() == case.load.clamp(max=case.capacity).tolist()


@given(seating_cases(), policies)
def test_every_slot_is_kept_or_dropped_and_no_expert_has_more_than_its_seats(case, policy):
    seating = case.seated(policy)
    computed = seating.expert_index[seating.kept].bincount(minlength=len(case.load))
    assert computed.max() <= case.capacity
    assert computed.sum().item() == case.slots - (~seating.kept).sum().item()
    assert torch.equal(seating.kept, seating.queue_place < case.capacity)


@given(seating_cases(), policies)
def test_the_seats_of_an_expert_are_taken_once_each_without_a_gap(case, policy):
    seating = case.seated(policy)
    for expert in range(len(case.load)):
        mine = seating.kept & (seating.expert_index == expert)
        assert sorted(seating.queue_place[mine].tolist()) == list(range(int(mine.sum())))


@given(seating_cases(), policies)
def test_with_room_for_all_every_policy_keeps_all_where_the_router_chose(case, policy):
    for capacity in (int(case.load.max()), case.slots, None):
        seating = case.seated(policy, capacity)
        assert seating.kept.all()
        assert torch.equal(seating.expert_index, case.expert_index)


@given(seating_cases(top_k=1, grouped=False))
def test_rerouting_one_expert_a_token_fills_every_seat_before_it_drops(case: SeatingCase):
    seats = len(case.load) * case.capacity
    assert case.seated("reroute").kept.sum().item() == min(case.slots, seats)


@given(seating_cases())
def test_rerouting_sends_no_token_twice_to_one_expert_or_where_it_may_not_go(case: SeatingCase):
    seating = case.seated("reroute")
    for sent, kept, scores in zip(seating.expert_index, seating.kept, case.scores, strict=True):
        used = sent[kept].tolist()
        assert len(set(used)) == len(used)
        assert scores[sent].isfinite().all()


@given(seating_cases())
def test_rerouting_moves_only_those_whom_their_position_leaves_without_a_seat(case: SeatingCase):
    stayed, moved = case.seated("position"), case.seated("reroute")
    assert torch.equal(moved.expert_index[stayed.kept], case.expert_index[stayed.kept])
    assert torch.equal(moved.queue_place[stayed.kept], stayed.queue_place[stayed.kept])
    assert moved.kept[stayed.kept].all()
    newly = moved.kept & ~stayed.kept
    assert (moved.expert_index != case.expert_index)[newly].all()
    assert torch.equal(moved.expert_index[~moved.kept], case.expert_index[~moved.kept])


@given(seating_cases(grouped=False), policies, seeds)
def test_relabelling_experts_relabels_seats(case: SeatingCase, policy: str, seed: int):
    order = torch.randperm(len(case.load), generator=torch.Generator().manual_seed(seed))
    relabelled = seated(
        order.argsort()[case.expert_index],
        case.gate_weights,
        case.scores[:, order],
        case.capacity,
        policy,
    )
    seating = case.seated(policy)
    assert torch.equal(order[relabelled.expert_index], seating.expert_index)
    assert torch.equal(relabelled.queue_place, seating.queue_place)
    assert torch.equal(relabelled.kept, seating.kept)


@given(seating_cases(), seeds)
def test_the_shuffle_asks_neither_scores_nor_gates(case: SeatingCase, seed: int):
    """The same positions are seated first, each time and whatever the router says of them."""
    generator = torch.Generator().manual_seed(seed)
    again = seated(
        case.expert_index,
        torch.rand(case.gate_weights.shape, generator=generator),
        torch.rand(case.scores.shape, generator=generator),
        case.capacity,
        "random",
    )
    assert torch.equal(again.queue_place, case.seated("random").queue_place)


@given(st.integers(1, 300), st.integers(1, 4), st.integers(2, 6))
def test_the_shuffle_orders_all_positions_by_itself_alone(n_tokens, top_k, n_experts):
    """Every expert's queue is the one order of all slots, with the slots of others left out."""
    gates = torch.ones(n_tokens, top_k)
    alone = seated(gates.long() * 0, gates, torch.ones(n_tokens, 1), None, "random").queue_place
    assert sorted(alone.flatten().tolist()) == list(range(n_tokens * top_k))
    assume(top_k <= n_experts)
    generator = torch.Generator().manual_seed(n_tokens)
    scores = torch.rand(n_tokens, n_experts, generator=generator)
    expert_index = select_experts(scores, top_k)
    place = seated(expert_index, gates, scores, None, "random").queue_place
    for expert in range(n_experts):
        mine = expert_index == expert
        assert torch.equal(place[mine].argsort(), alone[mine].argsort())
