"""The stage's plan holds the trace's own numbers, and its words count what is in it."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

from moeviz.analysis.routing_stage import changed_assignments, stage_plan
from moeviz.analysis.stage_scenes import SCENES
from tests.made_up_traces import D, made_up_trace
from tests.terms import without_links


def scene(plan, name: str) -> dict[str, str]:
    """What a reader reads of a scene."""
    (found,) = [each for each in plan["scenes"] if each["name"] == name]
    return {part: without_links(text) for part, text in found.items()}


def with_layer(trace, **changes):
    layer = dataclasses.replace(trace.layers[0], **changes)
    return dataclasses.replace(trace, layers=(layer,))


def with_weights(trace, gate_weights):
    assignments = dataclasses.replace(trace.layers[0].assignments, weight=gate_weights.flatten())
    return with_layer(trace, assignments=assignments)


@pytest.mark.parametrize("n_experts", [2, 8, 64])
def test_the_plan_carries_the_traces_numbers(n_experts: int):
    trace = made_up_trace(23, n_experts, top_k=2, capacity_factor=0.8, seed=5, n_layers=3)
    plan, layer = stage_plan(trace, 2), trace.layers[2]
    assert plan["tokens"] == list(trace.tokens)
    assert (plan["n_experts"], plan["top_k"]) == (n_experts, 2)
    assert plan["capacity"] == layer.expert_capacity
    for name, values in (
        ("scores", layer.router_scores),
        ("logits", layer.router_logits),
        ("gates", layer.gate_weights),
    ):
        assert np.array(plan[name]) == pytest.approx(values, abs=6e-4), name
    for name, values in (
        ("chosen", layer.chosen_index),
        ("sent", layer.expert_index),
        ("place", layer.queue_place),
        ("kept", layer.kept),
    ):
        assert plan[name] == values.tolist(), name
    for t in range(23):
        length = sum(float(x) ** 2 for x in layer.residual[t]) ** 0.5
        added = sum(float(y) ** 2 for y in layer.moe_output[t]) ** 0.5
        assert plan["residual_norm"][t] == pytest.approx(length, abs=1e-3)
        assert plan["out_norm"][t] == pytest.approx(added, abs=1e-3)


def test_the_plan_is_json_and_small_enough_to_send():
    text = json.dumps(stage_plan(made_up_trace(128, 64, top_k=8, bias=0.1), 0), allow_nan=False)
    assert len(text) < 300_000


def test_logits_are_those_that_the_rule_saw():
    trace = made_up_trace(5)
    noise = np.full_like(trace.layers[0].router_logits, 0.25)
    plan = stage_plan(with_layer(trace, router_noise=noise), 0)
    assert plan["noise"]
    assert np.array(plan["logits"]) == pytest.approx(trace.layers[0].router_logits + 0.25, abs=6e-4)
    assert "noise" in scene(plan, "score")["formula"]
    assert not stage_plan(trace, 0)["noise"]


def test_what_was_ranked_is_sent_only_where_it_is_not_the_probability():
    assert stage_plan(made_up_trace(6), 0)["ranked"] is None
    trace = made_up_trace(6, bias=0.3)
    scores = trace.layers[0].selection_scores.copy()
    assert np.array(stage_plan(trace, 0)["ranked"]) == pytest.approx(scores, abs=6e-5)
    scores[2, 3] = -np.inf
    assert stage_plan(with_layer(trace, selection_scores=scores), 0)["ranked"][2][3] is None


def test_the_words_count_tokens_whose_choice_the_bias_changed():
    trace = made_up_trace(40, 8, top_k=2, bias=0.2)
    layer = trace.layers[0]
    expected = sum(
        set(np.argsort(-layer.router_scores[t])[:2]) != set(layer.chosen_index[t])
        for t in range(40)
    )
    assert 1 < expected < 40
    sentence = scene(stage_plan(trace, 0), "select")["sentence"]
    assert "with the highest sum of probability p and selection bias b" in sentence
    assert f"With p alone, {expected} tokens would go to other experts." in sentence
    assert "bias" not in scene(stage_plan(made_up_trace(40), 0), "select")["sentence"]


@pytest.mark.parametrize(("n_tokens", "n_experts", "top_k"), [(23, 8, 2), (7, 4, 1), (128, 64, 8)])
def test_shapes_are_computed(n_tokens: int, n_experts: int, top_k: int):
    plan = stage_plan(made_up_trace(n_tokens, n_experts, top_k), 0)
    assert (
        f"{n_tokens * n_experts:,} logits for T = {n_tokens} tokens and E = {n_experts} experts."
        in (scene(plan, "score")["sentence"])
    )
    assert scene(plan, "arrive")["shapes"] == f"x and h: T × D = {n_tokens} × {D}"
    assert scene(plan, "select")["shapes"] == f"{n_tokens} × {n_experts} → {n_tokens} × {top_k}"
    assert scene(plan, "weigh")["shapes"] == f"g: T × k = {n_tokens} × {top_k}"
    assert scene(plan, "dispatch")["shapes"] == f"{top_k} · {n_tokens} = {n_tokens * top_k}"
    rows = "1 row" if n_tokens * top_k == 1 else f"{n_tokens * top_k:,} rows"
    assert f"all experts together compute {rows}." in scene(plan, "compute")["sentence"]


def test_the_words_say_whether_weights_sum_to_one():
    whole = scene(stage_plan(made_up_trace(9, renormalise=True), 0), "weigh")
    assert "sum to 1." in whole["sentence"]
    assert whole["formula"] == "g_i = p_i / Σ p"
    trace = made_up_trace(9)
    part = scene(stage_plan(trace, 0), "weigh")
    sums = [sum(map(float, row)) for row in trace.layers[0].gate_weights]
    between = f"{min(sums):.2f} and {max(sums):.2f}"
    assert f"sum to between {between}, not to 1." in part["sentence"]
    assert part["formula"] == "g_i = p_i"
    single = scene(stage_plan(made_up_trace(9, top_k=1), 0), "weigh")["sentence"]
    assert re.search(r"The weights lie between 0\.\d\d and 0\.\d\d\.$", single)
    scaled = with_weights(trace, 2.5 * made_up_trace(9, renormalise=True).layers[0].gate_weights)
    assert scene(stage_plan(scaled, 0), "weigh")["formula"] == "g_i = 2.5 · p_i / Σ p"
    as_is = with_weights(trace, 2.5 * trace.layers[0].gate_weights)
    weigh = scene(stage_plan(as_is, 0), "weigh")
    assert weigh["formula"] == "g_i = 2.5 · p_i"
    assert "It is the probability p_i times 2.5." in weigh["sentence"]


def test_the_words_name_the_rule_that_the_numbers_follow():
    trace = made_up_trace(9)
    assert scene(stage_plan(trace, 0), "score")["formula"] == "p = softmax(h · W_r)"
    logits = trace.layers[0].router_logits
    sigmoid = with_layer(trace, router_scores=1 / (1 + np.exp(-logits)))
    assert scene(stage_plan(sigmoid, 0), "score")["formula"] == "s = sigmoid(h · W_r)"
    other = with_layer(trace, router_scores=np.log1p(np.exp(logits)))
    assert scene(stage_plan(other, 0), "score")["formula"] == "s = rule(h · W_r)"


@pytest.mark.parametrize(("sigmoid", "name"), [(False, "probability"), (True, "score")])
def test_a_sigmoids_scores_are_not_called_probabilities(sigmoid: bool, name: str):
    for renormalise in (False, True):
        plan = stage_plan(made_up_trace(9, sigmoid=sigmoid, renormalise=renormalise), 0)
        assert plan["score_name"] == name
        symbol = {"probability": "p", "score": "s"}[name]
        assert f"It is the {name} {symbol}_i " in scene(plan, "weigh")["sentence"]
    assert ("probab" in json.dumps(plan)) is not sigmoid


def test_the_words_count_the_dropped():
    trace = made_up_trace(30, 8, top_k=2, capacity_factor=0.6)
    plan, kept = stage_plan(trace, 0), trace.layers[0].kept
    lost = sum(not each for row in kept for each in row)
    whole = sum(not any(row) for row in kept)
    assert lost
    assert whole
    sentence = scene(plan, "dispatch")["sentence"]
    assert "T = 30 tokens go to k = 2 experts each: 60 assignments in all." in sentence
    assert "CF = 0.6 gives each of E = 8 experts C = 5 capacity slots." in sentence
    assert f"drops {lost} assignments ({100 * lost / 60:.0f}\u202f%)" in sentence
    assert f"{whole} tokens have no assignment left." in sentence
    assert scene(plan, "dispatch")["shapes"] == "⌈0.6 · 2 · 30 / 8⌉ = 5"
    assert f"A dropped assignment adds 0 (here: {lost})." in scene(plan, "combine")["sentence"]
    passed = f"Tokens whose assignments were all dropped pass unchanged (here: {whole})."
    assert passed in scene(plan, "residual")["sentence"]
    rows = [sum(trace.layers[0].expert_index[kept] == e) for e in range(8)]
    assert (
        f"{max(rows)} for the busiest expert and {min(rows)} for the least busy one"
        in (scene(plan, "compute")["sentence"])
    )


def test_the_words_count_the_rerouted_and_the_dropless():
    trace = made_up_trace(30, 8, top_k=2, capacity_factor=0.8, reroute=True)
    layer = trace.layers[0]
    sent_on = int((layer.chosen_index != layer.expert_index).sum())
    assert sent_on > 1
    plan = stage_plan(trace, 0)
    words = f"Full experts send {sent_on} assignments on to other experts."
    assert words in scene(plan, "dispatch")["sentence"]
    assert plan["chosen"] != plan["sent"]
    free = scene(stage_plan(made_up_trace(30, 8), 0), "dispatch")
    load = np.bincount(made_up_trace(30, 8).layers[0].expert_index.ravel(), minlength=8)
    assert f"The longest queue has {load.max()}, the shortest {load.min()}." in free["sentence"]
    assert "dropless" in free["sentence"]


def test_the_words_give_the_share_that_is_added():
    trace = made_up_trace(11)
    plan = stage_plan(trace, 0)
    shares = sorted(
        100 * y / x for y, x in zip(plan["out_norm"], plan["residual_norm"], strict=True)
    )
    numbers = [int(n) for n in re.findall(r"\d+", scene(plan, "residual")["sentence"])]
    assert numbers == [round(shares[5]), round(shares[0]), round(shares[-1])]


def test_a_cut_text_says_so():
    trace = dataclasses.replace(made_up_trace(128), n_tokens=1_300)
    sentence = scene(stage_plan(trace, 0), "arrive")["sentence"]
    assert "These are the first 128 of 1,300 tokens." in sentence
    assert "the model reads it as 2 sequences." in sentence


def test_no_token_is_no_exception():
    plan = stage_plan(made_up_trace(0), 0)
    assert plan["tokens"] == []
    assert len(plan["scenes"]) == 8


NO_SYMBOLS = {"norm", "softmax", "sigmoid", "top", "chosen", "and", "noise"}


@pytest.mark.parametrize(
    "trace",
    [
        made_up_trace(30, 8, 2),
        made_up_trace(30, 8, 1, sigmoid=True),
        made_up_trace(30, 8, 2, renormalise=True, bias=0.3),
        made_up_trace(30, 8, 2, 0.6, reroute=True),
    ],
    ids=["softmax", "sigmoid", "bias", "capacity"],
)
def test_every_symbol_of_a_scene_is_introduced_in_its_sentence(trace):
    plan = stage_plan(trace, 0)
    for each in (scene(plan, name) for name in SCENES):
        symbols = _letters(f"{each['formula']} {each['shapes']}") - NO_SYMBOLS
        assert symbols <= _letters(each["sentence"]), each["name"]


def _letters(text: str) -> set[str]:
    """Its words and symbols; an index is one of its own."""
    return set(re.findall(r"[^\W\d_]+", text))


@pytest.mark.parametrize("sigmoid", [False, True])
def test_titles_of_scenes_are_short_and_no_sentences(sigmoid: bool):
    for each in stage_plan(made_up_trace(9, sigmoid=sigmoid), 0)["scenes"]:
        assert len(each["title"].split()) <= 8
        assert not each["title"].endswith(".")


def test_the_identity_follows_what_is_shown():
    plans = [stage_plan(made_up_trace(12, capacity_factor=f), 0) for f in (1.0, 1.0, 0.5)]
    assert plans[0]["rev"] == plans[1]["rev"] != plans[2]["rev"]


def hand_plan(sent, kept, tokens=("a", "b", "c"), chosen=None) -> dict:
    return {"tokens": list(tokens), "chosen": chosen or sent, "sent": sent, "kept": kept}


NOTHING = {"moved": [], "dropped": [], "kept": [], "new": [], "gone": []}


def test_changed_assignments_tells_moving_from_losing_and_gaining_a_slot():
    before = hand_plan([[0], [1], [2]], [[True], [True], [False]])
    after = hand_plan([[3], [1], [2]], [[True], [False], [True]])
    assert changed_assignments(before, after) == {
        **NOTHING,
        "moved": [[0, 0]],
        "dropped": [[1, 0]],
        "kept": [[2, 0]],
    }


def test_of_two_assignments_only_the_one_that_changed_is_named():
    before = hand_plan([[0, 1], [0, 1], [0, 1]], [[True, False], [True, True], [True, True]])
    after = hand_plan([[0, 2], [1, 0], [1, 3]], [[True, True], [True, True], [True, False]])
    assert changed_assignments(before, after) == {
        **NOTHING,
        "moved": [[0, 1], [2, 1]],
        "dropped": [[2, 1]],
        "kept": [[0, 1]],
    }


def test_another_k_moves_no_assignment_but_adds_and_removes_some():
    one = hand_plan([[0], [1], [2]], [[True]] * 3)
    two = hand_plan([[0, 1], [2, 1], [0, 2]], [[True, True]] * 3)
    new = [[0, 1], [1, 0], [2, 0]]
    assert changed_assignments(one, two) == {**NOTHING, "new": new}
    assert changed_assignments(two, one) == {**NOTHING, "gone": [[0, 1], [1, 2], [2, 0]]}
    full = hand_plan([[0, 1], [2, 1], [0, 2]], [[True, False]] + [[True, True]] * 2)
    assert changed_assignments(one, full) == {**NOTHING, "dropped": [[0, 1]], "new": new}


def test_where_an_assignment_is_sent_makes_it_neither_new_nor_gone():
    one = hand_plan([[5]], [[True]], tokens=("a",), chosen=[[0]])
    two = hand_plan([[0, 1]], [[True, True]], tokens=("a",))
    assert changed_assignments(one, two) == {**NOTHING, "moved": [[0, 0]], "new": [[0, 1]]}
    assert changed_assignments(two, one) == {**NOTHING, "moved": [[0, 0]], "gone": [[0, 1]]}


def test_another_text_has_no_changed_assignments():
    before = hand_plan([[0]], [[True]], tokens=("a",))
    after = hand_plan([[1]], [[False]], tokens=("b",))
    assert changed_assignments(before, after) == NOTHING


def test_the_plan_compares_itself_with_the_one_before():
    before = stage_plan(made_up_trace(30), 0)
    trace = made_up_trace(30, capacity_factor=0.5)
    plan = stage_plan(trace, 0, before=before)
    lost = np.argwhere(~trace.layers[0].kept).tolist()
    assert plan["changed"] == {**NOTHING, "dropped": lost}
    assert before["changed"] is None
    assert stage_plan(made_up_trace(29), 0, before=before)["changed"] is None


def test_terms_are_links_in_sentences_alone():
    scenes = stage_plan(made_up_trace(30, top_k=2, capacity_factor=0.6), 0)["scenes"]
    linked = [part for each in scenes for part, text in each.items() if "?term=" in text]
    assert len(linked) > 4
    assert set(linked) == {"sentence"}
