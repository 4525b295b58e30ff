"""The words under the bars say what the records say, about the layer that is meant."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.analysis.narration import Narration, narrate
from moeviz.analysis.verdict import COLLAPSED_BELOW, COLLAPSED_UNTIL
from moeviz.config import ArmConfig
from moeviz.records import WINDOW_STEPS, RunHistory
from tests.snapshots import history, snapshot

EVEN = [1 / 8] * 8
COLLAPSED = [0.06, 0.1, 0.71, 0.12, 0.001, 0.002, 0.003, 0.004]
UNEVEN = [0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4]
STEPS = 3 * WINDOW_STEPS

NEVER = {
    *("met", "meets", "seat", "seated", "twin", "bargain", "nobody", "whoever"),
    *("asked", "takes", "choice", "choices", "told", "rank"),
}
"""Words that WORDS.md rules out, or replaces, for what is said here."""


def said(*layers: Any, k: int = 1, steps: int = STEPS, more: Any = None, **knobs: Any) -> Narration:
    """The words for a model with the same loads at every step."""
    knobs = {"n_experts": len(layers[0]), "n_layers": len(layers), "top_k": k, **knobs}
    return narrate(ArmConfig.of("A", knobs), history(steps, list(layers), top_k=k, **(more or {})))


def of_entropies(*hs: float, even_above: float = COLLAPSED_UNTIL, **knobs: Any) -> Narration:
    """The words for a one-layer model with these entropies above collapse from step 1 on; up to
    `even_above` its busiest expert gets three even shares."""
    records = [
        snapshot(
            [EVEN],
            step=step,
            entropy_above_collapse=[h],
            max_violation=[0.0 if h > even_above else 2.0],
        )
        for step, h in enumerate(hs, 1)
    ]
    return narrate(ArmConfig.of("A", {"n_layers": 1, **knobs}), RunHistory.of(records))


def test_a_collapsed_layer_is_named_with_its_busiest_expert_and_the_reason():
    words = said(EVEN, COLLAPSED, balancer="none")
    assert (words.verdict, words.layer) == ("collapsed", 1)
    assert words.heading == f"Collapsed since step {WINDOW_STEPS}, now in layer 1"
    assert words.sentence == (
        "Expert 2 gets 71% of layer 1's tokens and learns from them; 4 of 8 get almost none and "
        "hardly learn. Nothing pushes the router to use the others."
    )


def test_an_even_layer_is_balanced_by_what_balances_it():
    words = said([0.1, 0.15, 0.12, 0.13, 0.12, 0.13, 0.12, 0.13], EVEN)
    assert (words.verdict, words.layer) == ("balanced", 0)
    assert words.heading == f"Balanced since step {WINDOW_STEPS}"
    assert words.sentence == (
        "Each expert of layer 0 gets between 10% and 15% of the tokens. Load balancing "
        "is on: its loss pushes the router away from crowded experts."
    )


def test_a_sentence_is_about_its_layer_alone():
    knobs = {"n_experts": 8, "n_layers": 3, "balancer": "none", "capacity_factor": 1.0}
    arm = ArmConfig.of("A", knobs)
    run = history(STEPS, [EVEN, COLLAPSED, UNEVEN], dropped_fraction=np.array([0.2, 0.5, 0.0]))
    even, collapsed, uneven = (narrate(arm, run, layer) for layer in range(3))
    assert [each.layer for each in (even, collapsed, uneven)] == [0, 1, 2]
    assert even.sentence.startswith("Each expert of layer 0 gets about 12% of the tokens.")
    dropped = "Layer 0 drops 20% of its tokens: their experts are full."
    assert even.sentence.endswith(dropped + " Layer 1 is collapsed.")
    for layer, words in enumerate((even, collapsed, uneven)):
        own = words.sentence.removesuffix(" Layer 1 is collapsed.")
        assert set(re.findall(r"[Ll]ayer (\d)", own)) == {str(layer)}
    assert narrate(arm, run).sentence == collapsed.sentence


@pytest.mark.parametrize(
    ("loads", "verdict", "where"),
    [
        ([EVEN, EVEN], "balanced", ""),
        ([COLLAPSED, COLLAPSED], "collapsed", ""),
        ([EVEN, COLLAPSED], "collapsed", ", now in layer 1"),
        ([UNEVEN, EVEN], "uneven", ", now in layer 0"),
        ([COLLAPSED, UNEVEN, COLLAPSED, EVEN], "collapsed", ", now in 2 of 4 layers"),
    ],
)
def test_a_model_has_the_worst_verdict_of_its_layers(loads, verdict, where):
    arm = ArmConfig.of("A", {"n_experts": 8, "n_layers": len(loads)})
    words = narrate(arm, history(STEPS, loads))
    heading = f"{verdict.title()} since step {WINDOW_STEPS}{where}"
    assert (words.verdict, words.heading) == (verdict, heading)


def test_a_layer_has_its_own_verdict_and_since_when_and_names_a_worse_one():
    arm = ArmConfig.of("A", {"n_experts": 8, "n_layers": 3})
    run = RunHistory.of(
        [snapshot([EVEN, EVEN, EVEN], step=step) for step in range(1, 31)]
        + [snapshot([EVEN, COLLAPSED, UNEVEN], step=step) for step in range(31, STEPS + 1)]
    )
    even, collapsed, uneven = (narrate(arm, run, layer) for layer in range(3))
    assert (even.verdict, even.since) == ("balanced", WINDOW_STEPS)
    assert even.heading == f"Balanced since step {WINDOW_STEPS}"
    assert (collapsed.verdict, collapsed.since) == ("collapsed", 31)
    assert collapsed.heading == "Collapsed since step 31"
    assert (uneven.verdict, uneven.since) == ("uneven", 31)
    worse = [each.sentence.endswith("Layer 1 is collapsed.") for each in (even, collapsed, uneven)]
    assert worse == [True, False, True]


def test_several_worse_layers_are_counted():
    arm = ArmConfig.of("A", {"n_experts": 8, "n_layers": 4})
    run = history(STEPS, [COLLAPSED, UNEVEN, COLLAPSED, EVEN])
    assert narrate(arm, run, 3).sentence.endswith(" 2 of 4 layers are collapsed.")


def test_shares_that_read_the_same_are_said_once():
    assert said([1 / 4] * 4).sentence.startswith("Each expert of layer 0 gets about 25% of the to")


def test_what_is_neither_is_uneven_and_compared_with_an_even_share():
    words = said(UNEVEN)
    assert (words.verdict, words.heading) == ("uneven", f"Uneven since step {WINDOW_STEPS}")
    assert words.sentence.startswith("Expert 7 gets 40% of layer 0's tokens, 3.2 times an even sh")


@pytest.mark.parametrize(
    ("h", "verdict"),
    [
        (0.0, "collapsed"),
        (COLLAPSED_BELOW - 0.001, "collapsed"),
        (COLLAPSED_BELOW + 0.001, "uneven"),
        (1.0, "balanced"),
    ],
)
def test_the_verdict_is_that_of_the_measures(h, verdict):
    assert of_entropies(*[h] * WINDOW_STEPS).verdict == verdict


def test_nothing_is_judged_before_the_window_is_full():
    words = said(COLLAPSED, steps=WINDOW_STEPS - 1)
    assert (words.verdict, words.heading) == ("early", "First steps")
    assert words.sentence.endswith(f"it is judged from step {WINDOW_STEPS} on.")
    assert said(COLLAPSED, steps=WINDOW_STEPS).verdict == "collapsed"


def test_a_verdict_holds_since_the_first_step_of_its_unbroken_stretch():
    words = of_entropies(*[0.99] * 30, *[0.3] * 20, *[0.99] * 10, *[0.4] * 7)
    assert (words.verdict, words.since) == ("collapsed", 61)
    assert words.heading == "Collapsed since step 61"
    assert of_entropies(*[0.3] * (WINDOW_STEPS + 9)).since == WINDOW_STEPS
    assert of_entropies(*[0.99] * 39, 0.3).since == 40


def test_since_is_the_step_and_not_the_number_of_the_record():
    whole = history(STEPS, [EVEN])
    later = RunHistory({**whole.columns, "step": whole["step"] + 1000})
    assert narrate(ArmConfig.of("A", {"n_layers": 1}), later).heading == (
        "Balanced since step 1,001"
    )


def test_the_least_even_layer_decides_for_every_step():
    """Layer 0 collapses, recovers, and then layer 1 does: the model was collapsed all the time."""
    entropies = [[0.3, 0.99]] * 30 + [[0.99, 0.3]] * 30
    records = [
        snapshot([EVEN, EVEN], step=step, entropy_above_collapse=np.array(each, np.float32))
        for step, each in enumerate(entropies, 1)
    ]
    words = narrate(ArmConfig.of("A", {}), RunHistory.of(records))
    assert (words.verdict, words.since, words.layer) == ("collapsed", WINDOW_STEPS, 1)


@pytest.mark.parametrize(
    ("k", "load", "words"),
    [
        (2, [0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0], "Experts 0 and 4 get 100%"),
        (2, [0.3, 0.49, 0.2, 0.01, 0.0, 0.0, 0.0, 0.0], "Experts 0 and 1 get 79%"),
        (3, [0.0, 0.33, 0.33, 0.33, 0.01, 0.0, 0.0, 0.0], "Experts 1, 2 and 3 get 99%"),
    ],
)
def test_of_a_collapsed_model_with_more_experts_per_token_the_k_busiest_are_named(k, load, words):
    narration = said(load, k=k, balancer="none")
    assert narration.verdict == "collapsed"
    assert narration.sentence.startswith(f"{words} of layer 0's assignments and learn from them; ")


def test_many_busiest_experts_are_counted():
    load = [0.2, 0.2, 0.2, 0.2, 0.2, *[0.0] * 59]
    words = said(load, k=5, balancer="none")
    assert words.sentence.startswith("The 5 busiest experts get 100% of layer 0's assignments")


@pytest.mark.parametrize("load", [EVEN, UNEVEN, COLLAPSED])
def test_with_one_expert_a_token_tokens_are_routed_with_more_assignments(load):
    drops = {"processed": [[0.9 * share for share in load]]}
    one, two = (said(load, k=k, more=drops, capacity_factor=1.0).sentence for k in (1, 2))
    assert "tokens" in one
    assert "assignments" not in one
    assert "assignments" in two
    assert "tokens" not in two.replace("keep their tokens", "")


@pytest.mark.parametrize(
    ("load", "words"),
    [
        ([0.55, 0.35, 0.1, 0.0], "1 of 4 gets almost none and hardly learns"),
        ([0.6, 0.4, 0.0, 0.0], "2 of 4 get almost none and hardly learn"),
        ([0.4, 0.3, 0.2, 0.1], None),
    ],
)
def test_dead_experts_are_counted_in_grammar(load, words):
    sentence = said(load).sentence
    assert re.search(rf"; {words}\. ", sentence) if words else "almost none" not in sentence


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (
            {"balancer": "switch", "aux_coefficient": 0.0},
            "Load balancing is on, but with α = 0 it pushes nothing.",
        ),
        (
            {"balancer": "bias_sign", "bias_update_rate": 0.0},
            "The selection bias is on, but with u = 0 it pushes nothing.",
        ),
    ],
)
def test_a_method_of_strength_0_is_on_as_its_switch_says_and_claims_no_push(on, words):
    for load in (COLLAPSED, UNEVEN, EVEN):
        sentence = said(load, **on).sentence
        assert sentence.endswith(words)
        assert not re.search(r"\bwill\b|collapse|soon|is off\b|pushes the", sentence)


def test_without_balancing_no_push_is_claimed_and_nothing_promised():
    """A router that has settled may stay as it is."""
    off = {"balancer": "none"}
    collapsed, uneven, balanced = (said(load, **off).sentence for load in (COLLAPSED, UNEVEN, EVEN))
    assert collapsed.endswith("Nothing pushes the router to use the others.")
    assert uneven.endswith("Load balancing is off: nothing evens this out.")
    assert balanced.endswith(
        "Load balancing is off; experts that have learned different things often keep their tokens."
    )
    for words in (collapsed, uneven, balanced):
        assert not re.search(r"\bwill\b|collapse|soon|is on\b", words)


@pytest.mark.parametrize(
    ("on", "name", "push"),
    [
        ({"balancer": "switch"}, "Load balancing", "its loss pushes the router"),
        ({"balancer": "bias_sign"}, "The selection bias", "it lowers the scores of crowded"),
    ],
)
def test_with_balancing_the_method_is_named_and_what_it_does(on, name, push):
    collapsed, uneven, balanced = (said(load, **on).sentence for load in (COLLAPSED, UNEVEN, EVEN))
    assert collapsed.endswith(f"{name} is on and pushes the router to the other experts.")
    assert f" {name} is on: {push}" in uneven
    assert push.removeprefix("it ").removeprefix("the ") in balanced


def test_the_layer_that_drops_most_is_named():
    load = [[0.5, 0.5], [0.6, 0.4], [0.5, 0.5]]
    processed = [[0.5, 0.5], [0.3, 0.4], [0.4, 0.4]]
    words = said(*load, more={"processed": processed}, capacity_factor=1.0)
    assert words.sentence.endswith(" Layer 1 drops 30% of its tokens: their experts are full.")


def test_drops_that_round_to_nothing_are_not_told():
    few = {"processed": [[0.498, 0.499]]}
    assert "drops" not in said([0.5, 0.5], more=few, capacity_factor=1.0).sentence


def test_a_model_that_is_dropless_now_is_not_said_to_drop_what_it_dropped_before():
    before = {"processed": [[0.3, 0.4]]}
    assert "drops" in said([0.6, 0.4], more=before, capacity_factor=1.0).sentence
    assert "drop" not in said([0.6, 0.4], more=before, capacity_factor=None).sentence


def test_a_dense_model_has_no_router_to_speak_of():
    dense = ArmConfig.of("D", {"dense_width": 64, "n_layers": 2})
    for steps in (1, STEPS):
        words = narrate(dense, history(steps, np.zeros((2, 0))))
        assert (words.verdict, words.heading) == ("dense", "No router")
        assert "expert" not in words.sentence


def test_the_measures_are_those_of_the_layer_that_the_sentence_is_about():
    words = said(EVEN, [0.5, 0.5, *[0.0] * 6], k=2)
    assert (words.verdict, words.effective, words.measures) == (
        "collapsed",
        "Effective experts: 2.0 of 8.",
        "Entropy above collapse: 0.00. MaxVio: 3.00 (layer 1).",
    )
    arm = ArmConfig.of("A", {"n_experts": 8})
    words = narrate(arm, history(STEPS, [EVEN, COLLAPSED]), 0)
    assert words.effective == "Effective experts: 8.0 of 8."
    assert words.measures == "Entropy above collapse: 1.00. MaxVio: 0.00 (layer 0)."


@pytest.mark.parametrize("h", [0.5999, 0.5951, 0.6501, 0.6499])
def test_the_number_beside_a_word_is_on_the_side_of_the_border_that_the_word_says(h):
    shown = re.search(r"collapse: ([\d.]+\d)\.", of_entropies(*[h] * WINDOW_STEPS).measures)
    assert shown
    for border in (COLLAPSED_BELOW, COLLAPSED_UNTIL):
        assert (float(shown[1]) < border) == (h < border)


def test_where_each_token_goes_to_all_experts_no_balance_is_claimed():
    words = said([0.25] * 4, [0.25] * 4, k=4)
    assert (words.verdict, words.measures) == ("all_experts", "")
    assert words.heading == f"All experts since step {WINDOW_STEPS}"
    assert words.sentence == (
        "Each token goes to all 4 experts (k = E), so the load is always even: there is no "
        "balance to judge."
    )


@given(
    st.lists(st.floats(0.0001, 1), min_size=2, max_size=16),
    st.integers(1, 8),
    st.sampled_from(["none", "switch", "bias_sign"]),
    st.floats(0, 1),
)
def test_any_load_gives_sentences_in_plain_words(raw, k, method, kept):
    shares = np.array(raw) / sum(raw)
    words = said(
        shares.tolist(),
        k=min(k, len(raw)),
        balancer=method,
        capacity_factor=1.0,
        more={"processed": [(kept * shares).tolist()]},
    )
    sentences = re.split(r"(?<=\.)\s", words.sentence)
    for each in sentences:
        assert re.fullmatch(r"[A-Z].*\.", each)
        assert not set(re.findall(r"[a-z]+", each.lower())) & NEVER
    assert len(sentences) == 2 - (words.verdict == "all_experts") + ("drops" in words.sentence)
    for percent in re.findall(r"(\d+)%", words.sentence):
        assert 0 <= int(percent) <= 100
    assert not re.search(r"nan|inf|  |\.\.", words.sentence)
    assert not re.search(r"nan|inf", words.measures)


RECOVERS = "The load recovers slowly from the collapse: a larger α speeds it up."


@pytest.mark.parametrize(
    ("entropies", "knobs", "recovers"),
    [
        ([0.3, 0.8], {}, True),
        ([0.9, 0.3, 0.8], {"aux_coefficient": 0.02}, True),
        ([0.3, 0.8], {"aux_coefficient": 0.0}, False),
        ([0.3, 0.8], {"balancer": "none"}, False),
        ([0.3, 0.8], {"balancer": "bias_sign"}, False),
        ([0.3], {}, False),
        ([0.8], {}, False),
        ([0.3, 0.97], {}, False),
        ([0.3, 0.97, 0.8], {}, False),
    ],
)
def test_a_layer_that_the_loss_leads_out_of_a_collapse_is_said_to_recover_slowly(
    entropies, knobs, recovers
):
    """While it is uneven, and neither collapsed nor balanced since."""
    knobs = {"balancer": "switch", **knobs}
    words = of_entropies(*np.repeat(entropies, WINDOW_STEPS), even_above=0.9, **knobs)
    assert words.sentence.endswith(RECOVERS) == recovers


def test_first_steps_that_look_collapsed_are_no_collapse_to_recover_from():
    entropies = [0.3] * (WINDOW_STEPS - 1) + [0.8] * WINDOW_STEPS
    assert RECOVERS not in of_entropies(*entropies, even_above=0.9, balancer="switch").sentence
