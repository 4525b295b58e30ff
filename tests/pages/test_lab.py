"""The training lab: its controls shape the run, presses reach the right models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moeviz.analysis.metrics import METRICS
from moeviz.config import KNOBS, LIVE_KNOBS
from moeviz.data.domains import domain_names
from moeviz.engine.protocol import Until
from moeviz.engine.until import UNTIL_KINDS, UNTIL_KNOBS
from moeviz.live.presses import LABELS
from moeviz.ui.capacity.training import capacity_run_config
from moeviz.ui.lab.new_run import restart_changes
from moeviz.ui.shared.controls import MODEL_KNOBS
from moeviz.ui.shared.lab_state import LAB_KNOBS, RESTART_KNOBS, URL_NAMES, LabState
from moeviz.ui.shared.navigation import LAB, START
from moeviz.ui.shared.presets import PRESETS
from tests.fakes import CountingTrainer
from tests.pages.live import Live, opened_at
from tests.pages.mounted import start_new
from tests.pages.visit import (
    MODELS_AND_DATA,
    address,
    enter,
    press,
    visit,
    visit_with_open_doors,
    words,
    words_behind,
)


@pytest.fixture
def lab(page, hand) -> Live:
    """The lab as its menu opens it."""
    return opened_at(page, hand, LAB)


def opened_lab(page, hand, **query: str) -> Live:
    """The lab with its door open."""
    return Live(visit_with_open_doors(page, LAB, **query), hand)


def sent(hand) -> list[tuple]:
    """What `set` was told since the last call, without the run's id."""
    told = [
        (knobs, arms) for what, *rest in hand.asked if what == "set" for _, knobs, arms in [rest]
    ]
    hand.asked.clear()
    return told


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_presets_page_shows_its_controls_and_a_verdict_a_promise(page, hand, preset):
    live = opened_lab(page, hand, **preset.query)
    assert (live.data["title"], live.data["story"]) == (preset.title, preset.story)
    verdicts = live.told()["verdicts"]
    assert [each["outcome"] for each in verdicts] == ["not yet"] * len(preset.expectations)
    for arm, knobs in (("A", preset.state.shared), ("B", preset.state.b)):
        assert {name: live.knobs(arm)[name] for name in LAB_KNOBS} == knobs
        assert live.told()["arms"][arm]["starts"]["top_k"] == str(knobs["top_k"])
    for name in MODEL_KNOBS:
        if name != "activation":
            assert page.number_input(f"knob_A_{name}").value == preset.state.shared[name]
    assert page.toggle("then_on").value == (preset.state.then is not None)
    assert live.status.config == preset.state.run_config()
    live.start()
    hand.train(live.id, 30)
    page.run()
    claims = [each["claim"] for each in live.told()["verdicts"]]
    assert claims == [each.claim for each in preset.expectations]


def test_without_model_b_the_page_makes_no_promise(page, hand):
    live = opened_at(page, hand, LAB, preset="collapse", arms="a")
    for _ in range(2):
        assert (live.data["title"], live.data["story"], live.told()["verdicts"]) == ("", "", [])
        live.press("step")


def test_a_verdict_follows_the_run_until_a_knob_makes_it_another_experiment(page, hand):
    live = opened_at(page, hand, LAB, preset="collapse")
    live.start()
    hand.train(live.id, 620)
    page.run()
    outcomes = [each["outcome"] for each in live.told()["verdicts"]]
    assert "seen" in outcomes
    assert "not yet" not in outcomes
    live.turn("learning_rate", "0.001")
    assert (live.data["title"], live.told()["verdicts"]) == ("", [])
    live.turn("learning_rate", live.told()["arms"]["B"]["starts"]["learning_rate"])
    live.turn("learning_rate", KNOBS["learning_rate"].format(KNOBS["learning_rate"].default))
    assert live.data["title"] == "Collapse"
    assert len(live.told()["verdicts"]) == 3


def test_an_experiment_has_a_run_of_its_own_and_the_old_one_rests_in_the_list(lab, hand):
    lab.start()
    first = lab.id
    hand.train(first, 5)
    enter(lab.page, "preset", "too_strong")
    assert lab.id != first
    assert lab.knobs("B")["aux_coefficient"] == 1.0
    assert address(lab.page) == {"preset": "too_strong"}
    assert (hand.known[first].state, hand.latest(first).step) == ("paused", 5)
    assert [run.run_id for run in hand.runs("me")] == [first]


def test_an_experiment_pauses_also_a_run_whose_address_is_still_to_come(lab, hand):
    lab.press("start", heard=False)
    first = lab.id
    hand.train(first, 5)
    enter(lab.page, "preset", "collapse")
    assert lab.id != first
    assert (lab.status.step, lab.status.state) == (0, "paused")
    assert hand.known[first].state == "paused"


def test_an_experiment_begins_with_its_own_knobs_whatever_was_pressed_before(lab, hand):
    lab.turn("top_k", "4", heard=False)
    lab.follow()
    enter(lab.page, "preset", "collapse")
    assert lab.knobs("A")["top_k"] == 1
    assert address(lab.page) == {"preset": "collapse"}


@pytest.mark.parametrize("trained", [True, False])
def test_a_live_knob_goes_to_both_models_while_it_is_linked(lab, hand, trained):
    if trained:
        lab.press("step")
    hand.asked.clear()
    lab.turn("learning_rate", "0.01")
    assert sent(hand) == [({"learning_rate": 0.01}, None)]
    lab.turn("learning_rate", "0.02", of="B")
    assert sent(hand) == [({"learning_rate": 0.02}, ("B",))]
    lab.turn("learning_rate", "0.03", of="A")
    assert sent(hand) == [({"learning_rate": 0.03}, ("A",))]
    assert [lab.knobs(arm)["learning_rate"] for arm in "AB"] == [0.03, 0.02]
    lab.turn("learning_rate", "0.03", of="B")
    assert [lab.knobs(arm)["learning_rate"] for arm in "AB"] == [0.03, 0.03]


def test_the_address_says_a_value_of_b_where_it_is_not_that_of_a(lab):
    lab.turn("top_k", "2")
    assert address(lab.page) == {"k": "2"}
    lab.turn("top_k", "4", of="B")
    said = address(lab.page)
    assert (said["k"], said["b_k"]) == ("2", "4")
    lab.turn("top_k", "2", of="B")
    assert "b_k" not in address(lab.page)
    assert [lab.knobs(arm)["top_k"] for arm in "AB"] == [2, 2]


def test_an_entry_outruns_the_address_that_the_last_one_led_to(page, hand):
    live = opened_lab(page, hand, noise="0.5")
    enter(page, "knob_A_seed", 5)
    page.query_params.clear()
    page.query_params["noise"] = "0.5"
    enter(page, "knob_A_n_layers", 3)
    assert page.number_input("knob_A_seed").value == 5
    assert address(page) == {"noise": "0.5", "seed": "5", "layers": "3"}
    assert (live.knobs("A")["seed"], live.knobs("A")["n_layers"]) == (5, 3)


def test_the_way_back_to_an_earlier_address_brings_its_controls(page, hand):
    live = opened_lab(page, hand, noise="0.5")
    enter(page, "knob_A_seed", 5)
    live.turn("top_k", "2")
    page.query_params.clear()
    page.query_params["noise"] = "0.5"
    page.run()
    assert page.number_input("knob_A_seed").value == 0
    knobs = live.knobs("A")
    assert (knobs["seed"], knobs["top_k"], knobs["router_noise"]) == (0, 1, 0.5)


def test_a_dense_baseline_takes_the_live_knobs_of_a(page, hand):
    live = opened_at(page, hand, LAB, dense="active", unlinked="lr,balancer")
    live.press("step")
    live.turn("learning_rate", "0.01", of="A")
    rates = [arm.train.learning_rate for arm in live.status.config.arms]
    assert rates == [0.01, KNOBS["learning_rate"].default, 0.01]


def test_a_model_knob_beside_a_run_with_steps_waits_and_can_be_taken_back(page, hand):
    live = opened_lab(page, hand)
    live.start()
    run_id = live.id
    hand.train(run_id, 4)
    hand.asked.clear()
    enter(page, "knob_A_seed", 5)
    assert "This change needs a new run from step 0: Seed 0 → 5." in words(page)
    assert sent(hand) == []
    assert (live.id, live.status.state, live.status.step) == (run_id, "running", 4)
    press(page, "do_keep")
    assert page.number_input("knob_A_seed").value == 0
    assert "seed" not in address(page)
    assert "This change needs a new run" not in words(page)


def test_a_model_knob_beside_a_prepared_run_prepares_another(page, hand):
    live = opened_lab(page, hand)
    live.turn("top_k", "2", heard=False)
    first = live.id
    enter(page, "knob_A_seed", 5)
    assert live.id != first
    assert "This change needs a new run" not in words(page)
    assert {live.knobs(arm)["seed"] for arm in "AB"} == {5}
    assert {live.knobs(arm)["top_k"] for arm in "AB"} == {2}
    assert hand.runs("me") == []
    live.hear()
    assert address(page) == {"k": "2", "seed": "5"}


OTHER_VALUES = {
    "n_experts": 4, "n_layers": 3, "d_model": 32, "d_expert": 32, "n_heads": 2,
    "context_length": 32, "vocab_size": 400, "activation": "swiglu", "seed": 9, "batch_size": 2,
}  # fmt: skip


@pytest.mark.parametrize("name", RESTART_KNOBS)
def test_every_knob_of_the_model_asks_for_a_new_run_by_its_name(name):
    now = LabState()
    wanted = LabState(shared={**now.shared, name: OTHER_VALUES[name]})
    (said,) = restart_changes(wanted.run_config(), now.run_config())
    assert said.startswith(f"{KNOBS[name].label} {now.shared[name]} → ")


def test_arms_that_come_and_go_need_a_new_run_and_live_knobs_do_not():
    both, alone = LabState(), LabState(arms="a")
    assert restart_changes(both.run_config(), alone.run_config()) == ["model B is new"]
    assert restart_changes(alone.run_config(), both.run_config()) == ["model B is left out"]
    four = capacity_run_config(both.run_config().arms[0])
    assert restart_changes(LabState(**LabState.fields_of(four)).run_config(), four) == []
    dense = LabState(dense="active")
    assert restart_changes(both.run_config(), dense.run_config()) == [
        "model Dense (FLOPs) is left out"
    ]
    live = LabState(shared={**both.shared, "top_k": 2, "learning_rate": 0.1})
    assert restart_changes(live.run_config(), both.run_config()) == []


def test_a_new_run_pauses_the_old_one_and_takes_its_place(page, hand):
    live = opened_lab(page, hand, until="step:50")
    live.start()
    old = live.id
    hand.train(old, 2)
    live.turn("top_k", "2", heard=False)
    enter(page, "knob_A_seed", 5)
    start_new(page, until="step:50")
    new = live.id
    assert new == address(page)["run"] != old
    assert (hand.known[old].state, hand.known[new].state) == ("paused", "running")
    assert [arm.train.seed for arm in live.status.config.arms] == [5, 5]
    assert [arm.routing.top_k for arm in live.status.config.arms] == [2, 2]
    assert hand.known[new].until == Until("step", 50)


def test_a_new_run_pauses_at_the_limit_that_the_press_brings_whatever_the_script_knows(page, hand):
    for known, until, trained in (
        ("step:50", "step:70", Until("step", 70)),
        ("step:50", "never", None),
        ("never", "loss:2.5", Until("loss", 2.5)),
    ):
        live = opened_lab(page, hand, until=known)
        live.press("step")
        enter(page, "knob_A_seed", 5)
        start_new(page, until=until)
        assert (live.status.state, hand.known[live.id].until) == ("running", trained)
        assert live.data["until"] == ("" if until == "never" else until)
        assert address(page).get("until", "never") == until
        live.press("pause")


def test_a_new_run_with_a_limit_that_is_none_is_refused_and_the_old_one_stays(page, hand):
    live = opened_lab(page, hand)
    live.press("step")
    old = live.id
    enter(page, "knob_A_seed", 5)
    start_new(page, until="step:0")
    assert "Step must be a whole number from 1 to 20,000, got 0" in words(page)
    assert (live.id, len(hand.runs("me"))) == (old, 1)


def test_a_new_run_begins_as_before_the_scheduled_change_of_the_old_one(page, hand):
    live = opened_lab(page, hand, then="3:b:alpha:0.5")
    live.start()
    hand.train(live.id, 4)
    page.run()
    assert live.knobs("B")["aux_coefficient"] == 0.5
    enter(page, "knob_A_seed", 5)
    start_new(page)
    assert live.status.step == 0
    assert live.knobs("B")["aux_coefficient"] == KNOBS["aux_coefficient"].default
    assert live.knobs("B")["seed"] == 5


def test_a_model_knob_can_be_set_apart_and_linked_again_beside_a_run(page, hand):
    live = opened_lab(page, hand)
    live.press("step")
    enter(page, "knobs_apart", ["n_layers"])
    assert page.number_input("knob_B_n_layers").value == 2
    enter(page, "knob_B_n_layers", 3)
    assert "Layers 2 → 3" in words(page)
    assert page.number_input("knob_A_n_layers").value == 2
    enter(page, "knobs_apart", [])
    assert "Refused" not in words(page)
    assert "This change needs a new run" not in words(page)
    assert "knob_B_n_layers" not in {each.key for each in page.number_input}


@pytest.mark.parametrize(
    ("before", "knob", "value", "bound"),
    [
        ({}, "n_heads", 3, "Attention heads must be a divisor of Model width (64)"),
        ({"k": "4"}, "n_experts", 3, "Experts per token k must be at most Experts E (3)"),
    ],
)
@pytest.mark.parametrize("started", [False, True])
def test_values_that_do_not_go_together_are_refused_and_put_back(
    page, hand, started, before, knob, value, bound
):
    live = opened_lab(page, hand, **before)
    if started:
        live.press("step")
    hand.asked.clear()
    run_id, shown = live.id, page.number_input(f"knob_A_{knob}").value
    enter(page, f"knob_A_{knob}", value)
    assert "Refused. Nothing was changed." in words(page)
    assert bound in words(page)
    assert page.number_input(f"knob_A_{knob}").value == shown
    assert (live.id, sent(hand)) == (run_id, [])
    live.turn("router_noise", "0.5")
    assert "Refused" not in words(page)
    assert address(page)["noise"] == "0.5"


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize(
    ("before", "act", "knobs", "why"),
    [
        (
            {"experts": "2"}, "set", {"top_k": "4"},
            "Experts per token k must be at most Experts E (2), got 4.",
        ),
        (
            {"k": "4"}, "renew", {"n_experts": "3"},
            "Experts per token k must be at most Experts E (3), got 4.",
        ),
        ({}, "set", {"top_k": "2.9"}, "Experts per token k must be a whole number from 1 to 8"),
        ({}, "set", {"learning_rate": "7e9"}, "Learning rate must be a number from 1e-06 to 1"),
    ],
)  # fmt: skip
def test_presses_that_do_not_go_with_the_model_are_refused_and_change_nothing(
    page, hand, started, before, act, knobs, why
):
    live = opened_at(page, hand, LAB, **before)
    if started:
        live.press("step")
    hand.asked.clear()
    said, known = address(page), set(hand.known)
    assert live.refused(act, knobs=knobs).startswith(why)
    assert (sent(hand), set(hand.known)) == ([], known)
    live.hear()
    assert address(page) == said
    live.turn("router_noise", "0.5")
    assert address(page)["noise"] == "0.5"


def test_step_and_start_until_say_what_is_wanted(page, hand):
    live = opened_at(page, hand, LAB)
    kinds = {each["kind"]: each for each in live.data["until_kinds"]}
    assert list(kinds) == ["", *UNTIL_KINDS]
    assert [kind for kind, each in kinds.items() if "knob" in each] == list(UNTIL_KNOBS)
    step = kinds["step"]
    assert (step["value"], step["knob"]["label"], step["knob"]["high"]) == ("300", "Step", 20_000)
    assert f'"{step["text"]}"' in LABELS["until step"], "what a refusal calls it"
    live.press("step")
    live.press("step")
    assert live.status.step == 2
    for text, until in (
        ("step:50", Until("step", 50)),
        ("loss:3.5", Until("loss", 3.5)),
        ("collapsed", Until("collapsed")),
        ("", None),
    ):
        live.write(until=text or None)
        page.run()
        assert live.data["until"] == text
        assert address(page).get("until", "") == text
        live.start(live.data["until"])
        assert hand.known[live.id].until == until
        live.press("pause")


def test_an_experiment_brings_its_own_limit(page, hand):
    live = opened_lab(page, hand, until="step:300")
    assert (live.data["preset"], live.data["until"]) == ("", "step:300")
    enter(page, "preset", "tight_capacity")
    assert (live.data["preset"], live.data["until"]) == ("tight_capacity", "")
    assert address(page) == {"preset": "tight_capacity"}


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("step:0", "Step must be a whole number from 1 to 20,000, got 0"),
        ("step:2.9", "Step must be a whole number from 1 to 20,000, got '2.9'"),
        ("loss:-1", "Cross-entropy in nats must be a number from 0 to 20, got -1"),
    ],
)
def test_a_condition_that_cannot_be_is_refused_by_its_label(lab, until, said):
    assert lab.refused("start", until=until).startswith(said)
    visit(lab.page, LAB, until=until)
    assert f"until={until} was refused" in words(lab.page)
    assert lab.data["until"] == ""


def test_a_reset_keeps_the_knobs_that_were_turned_and_undoes_scheduled_ones(page, hand):
    live = opened_at(page, hand, LAB, then="3:b:alpha:0.5")
    live.press("step")
    live.turn("top_k", "3")
    live.press("step")
    live.press("step")
    assert live.knobs("B")["aux_coefficient"] == 0.5
    run_id = live.id
    live.press("reset")
    assert (live.id, live.status.step) == (run_id, 0)
    assert [live.knobs(arm)["top_k"] for arm in "AB"] == [3, 3]
    assert live.knobs("B")["aux_coefficient"] == KNOBS["aux_coefficient"].default


def test_a_scheduled_change_is_part_of_the_run_and_of_the_address(page, hand):
    live = opened_lab(page, hand)
    enter(page, "then_on", True)
    enter(page, "then_arm", "A")
    enter(page, "then_knob", "top_k")
    enter(page, "then_value", 2)
    enter(page, "then_step", 7)
    assert address(page) == {"then": "7:a:k:2"}
    a, b = live.status.config.arms
    assert [(c.step, dict(c.knobs)) for c in a.schedule] == [(7, {"top_k": 2})]
    assert b.schedule == ()
    live.press("step")
    enter(page, "then_on", False)
    assert "the scheduled change of model A" in words(page)


def test_the_models_and_the_baseline_are_a_choice(page, hand):
    live = opened_lab(page, hand)
    enter(page, "state_arms", "a")
    enter(page, "state_dense", "total")
    assert [arm.name for arm in live.status.config.arms] == ["A", "Dense (size)"]
    assert list(live.run["address"]) == ["A"]
    assert "knobs_apart" not in {each.key for each in page.multiselect}
    live.turn("top_k", "2")
    assert address(page) == {"arms": "a", "dense": "total", "k": "2"}


def test_what_the_charts_show_is_in_the_address(page, hand):
    live = opened_at(page, hand, LAB)
    live.write(metric="load_cv", layer="1", loss="by_domain")
    page.run()
    data = live.data
    assert (data["metric"], data["layer"], data["by_domain"]) == ("load_cv", 1, True)
    assert address(page) == {"metric": "load_cv", "layer": "1", "loss": "by_domain"}
    visit(page, LAB, metric="load_cv", layer="7")
    assert (live.data["layer"], live.data["by_domain"]) == (0, False)
    assert address(page) == {"metric": "load_cv"}


def test_own_text_trains_and_appears_as_text(page, hand):
    own = "<script>alert(1)</script> ![x](https://example.org/x.png) **bold** $x$ " * 20
    live = opened_lab(page, hand)
    page.text_area("own_text").set_value(own).run()
    press(page, "use_text")
    shown = [each.value for each in page.text if "<script>" in each.value]
    assert len(shown) == 1
    assert shown[0].startswith(f"In use: {len(own):,} characters")
    for drawn in (*page.markdown, *page.warning, *page.error):
        assert "<script>" not in drawn.value
    live.press("step")
    assert {arm.train.user_text for arm in live.status.config.arms} == {own}
    assert own[:20] not in "".join(address(page).values())
    press(page, "drop_text")
    assert "your text" in words(page)
    assert "In use" not in words(page)


def test_the_runs_own_text_comes_back_with_the_runs_address(page, hand):
    live = opened_lab(page, hand)
    page.text_area("own_text").set_value("some words " * 100).run()
    press(page, "use_text")
    live.press("step")
    run_id = live.id
    visit_with_open_doors(page, LAB, preset="collapse")
    assert "In use" not in words(page)
    visit_with_open_doors(page, LAB, run=run_id)
    assert "In use: 1,100 characters" in words(page)


def test_own_text_outlives_a_knob_that_the_browser_writes_into_the_address(page, hand):
    live = opened_lab(page, hand, noise="0.5")
    page.text_area("own_text").set_value("some words of my own. " * 40).run()
    press(page, "use_text")
    live.turn("top_k", "2")
    live.turn("top_k", "4", of="B")
    live.write(until="step:50", metric="load_cv", loss="by_domain")
    page.run()
    assert "In use: 880 characters" in words(page)
    assert {arm.train.user_text for arm in live.status.config.arms} == {
        "some words of my own. " * 40
    }
    visit(page, START)
    live.turn("n_experts", "4")
    assert {arm.train.user_text for arm in live.status.config.arms} == {
        "some words of my own. " * 40
    }
    visit_with_open_doors(page, LAB, noise="0.5", seed="3")
    assert "In use" not in words(page)
    assert {arm.train.user_text for arm in live.status.config.arms} == {""}


class DomainsTrainer(CountingTrainer):
    """Counts, and measures as many domains as its run has texts."""

    def step(self):
        n_domains = len(domain_names(self.config.arms[0].train.user_text))
        losses = np.full(n_domains, 4.0)
        return {
            name: replace(
                snapshot, domain_cross_entropy=losses, held_out_cross_entropy=losses + np.nan
            )
            for name, snapshot in super().step().items()
        }


def domains_of(live) -> tuple[list[str], int]:
    """The domains that the charts name, and of how many the channel tells losses."""
    columns = live.told()["arms"]["A"]["lines"]["columns"]
    return list(live.data["domains"]), len(columns["domain_cross_entropy"])


def test_text_that_the_shown_run_does_not_have_is_no_domain_of_its_charts(page, hand):
    hand.make_trainer = DomainsTrainer
    live = opened_lab(page, hand, loss="by_domain")
    live.press("step")
    plain = list(domain_names(""))
    assert domains_of(live) == (plain, len(plain))
    page.text_area("own_text").set_value("some words of my own. " * 40).run()
    press(page, "use_text")
    assert "This change needs a new run from step 0: your text" in words(page)
    assert domains_of(live) == (plain, len(plain))
    start_new(page)
    live.press("step")
    assert domains_of(live) == ([*plain, "yours"], len(plain) + 1)
    press(page, "drop_text")
    assert domains_of(live) == ([*plain, "yours"], len(plain) + 1)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("too short", "Your text must be 500 to 200,000 characters long"),
        ("\x00" * 600, "Your text must be text without control characters"),
    ],
)
def test_text_that_cannot_be_trained_on_is_refused_in_words(page, hand, text, bound):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value(text).run()
    press(page, "use_text")
    assert bound in words_behind(page, MODELS_AND_DATA)
    assert words(page).count("Refused. Nothing was changed.") == 1
    assert "In use" not in words(page)


def test_a_refusal_of_ones_own_text_is_above_the_field_where_it_is_in_sight(page, hand):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value("too short").run()
    press(page, "use_text")
    (model,) = [each for each in page.get("popover") if each.proto.popover.label == MODELS_AND_DATA]
    (why,) = [each for each in model.get("text") if "got 9 characters" in each.value]
    drawn = list(model)
    assert drawn.index(why) < drawn.index(page.text_area("own_text"))


def refuse_a_new_run(live, hand) -> None:
    """Ask for a new run that the server has no room for."""
    live.press("step")
    enter(live.page, "knob_A_seed", 5)
    hand.MAX_RUNS = 1
    start_new(live.page)


def test_another_refusal_is_said_on_the_page_and_not_behind_the_door_of_the_text(page, hand):
    live = opened_lab(page, hand)
    refuse_a_new_run(live, hand)
    assert "MOEVIZ_MAX_RUNS is 1" in words(page)
    assert "MOEVIZ_MAX_RUNS" not in words_behind(page, MODELS_AND_DATA)


@pytest.mark.parametrize(
    ("key", "bad"), [("knob_A_n_experts", 65), ("knob_A_seed", -5), ("then_step", 0)]
)
def test_a_value_refused_behind_an_open_door_is_refused_there(page, hand, key, bad):
    """On a phone the door covers what the page says."""
    live = opened_lab(page, hand, then="3:b:alpha:0.5")
    enter(page, key, bad)
    assert "Refused. Nothing was changed." in words_behind(page, MODELS_AND_DATA)
    assert words(page).count("Refused.") == 1
    refuse_a_new_run(live, hand)
    assert "Refused" not in words_behind(page, MODELS_AND_DATA)
    assert words(page).count("Refused. Nothing was changed.") == 1


def test_an_emptied_capacity_factor_is_dropless(page, hand):
    live = opened_at(page, hand, LAB, capacity="1.25")
    (knob,) = [each for each in live.data["knobs"] if each["name"] == "capacity_factor"]
    assert knob["noneMeans"] == "dropless"
    live.turn("capacity_factor", "none")
    assert live.knobs("A")["capacity_factor"] is None
    assert address(page) == {}
    live.page.run()
    assert live.knobs("A")["capacity_factor"] is None


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"arms": "a", "then": "20:b:lr:0.001"}, "only model A is trained"),
        (
            {"b_balancer": "none", "unlinked": "balancer", "then": "20:b:alpha:0.5"},
            "does not use it",
        ),
    ],
)
def test_a_scheduled_change_that_changes_nothing_says_so(page, hand, query, why):
    visit_with_open_doors(page, LAB, **query)
    (said,) = [each.value for each in page.caption if "has no effect" in each.value]
    assert why in said
    visit_with_open_doors(page, LAB, then="20:b:lr:0.001")
    assert not [each for each in page.caption if "Without effect" in each.value]


def test_bad_parameters_are_named_as_text_and_the_defaults_are_used(page, hand):
    bad = "<b>![x](http://x)"
    names = [*URL_NAMES.values(), "then", "until", "metric", "preset", "dense", "run", "no_such"]
    visit(page, LAB, **dict.fromkeys(names, bad))
    *notices, last = [each.value for each in page.text if f"={bad} was " in each.value]
    assert {each.split("=")[0] for each in notices} == set(names) - {"no_such"}
    for notice in notices:
        assert f"={bad} was refused: it must be " in notice
    assert last == f"no_such={bad} was left out: this page has no such parameter."
    assert address(page) == {}


def ignored(live, *knobs: str, of: str = "AB") -> list[bool]:
    """Whether each of these knobs is without effect in all of these models, and it is said why."""
    arms = live.told()["arms"]
    found = []
    for knob in knobs:
        reasons = [arms[name]["ignored"].get(knob, "") for name in of if name in arms]
        found.append(all(reasons))
    return found


def test_a_knob_that_no_model_reads_keeps_its_value_and_is_said_to_have_no_effect(page, hand):
    live = opened_at(page, hand, LAB, bias_rate="0.5", drop="random")
    knobs = ("aux_coefficient", "bias_update_rate", "drop_policy", "kept_groups")
    assert ignored(live, *knobs) == [False, True, True, True]  # B has a balance loss
    live.turn("balancer", "none", of="B")
    assert ignored(live, *knobs) == [True, True, True, True]
    why = live.told()["arms"]["A"]["ignored"]["aux_coefficient"]
    assert '"None" does not use it' in why
    assert live.knobs("A")["bias_update_rate"] == 0.5
    assert address(page)["drop"] == "random"
    live.turn("balancer", "bias_sign", of="A")
    live.turn("capacity_factor", "1.5")
    live.turn("n_groups", "2")
    assert ignored(live, *knobs) == [True, False, False, False]


def test_a_knob_set_apart_is_judged_for_each_model_alone(lab):
    assert ignored(lab, "aux_coefficient", of="A") == [True]
    assert ignored(lab, "aux_coefficient", of="B") == [False]


def test_choosing_a_balancer_sets_no_other_knob_and_says_what_its_strength_usually_is(page, hand):
    live = opened_at(page, hand, LAB)
    assert live.told()["arms"]["B"]["usual"] == {}
    live.turn("balancer", "sequence", of="B")
    said = live.told()["arms"]["B"]["usual"]
    assert said == {"aux_coefficient": 'Usual with "Sequence-wise loss": 0.0001.'}
    assert live.knobs("B")["aux_coefficient"] == KNOBS["aux_coefficient"].default
    assert "b_alpha" not in address(page)
    for chosen in ("0.0001", "0.05"):
        live.turn("aux_coefficient", chosen)
        assert live.told()["arms"]["B"]["usual"] == {}
    live.turn("balancer", "bias_sign", of="B")
    assert set(live.told()["arms"]["B"]["usual"]) == {"bias_update_rate"}


@pytest.mark.parametrize(
    ("query", "arm", "knob"),
    [
        ({"preset": "rescue"}, "A", "aux_coefficient"),
        ({"preset": "rescue"}, "B", "aux_coefficient"),
        ({"arms": "a", "then": "9:a:balancer:switch"}, "A", "aux_coefficient"),
        ({"then": "9:b:capacity:1.0"}, "B", "drop_policy"),
    ],
)
def test_a_knob_that_is_read_from_a_scheduled_step_on_is_not_called_ignored(
    page, hand, query, arm, knob
):
    live = opened_at(page, hand, LAB, **query)
    assert ignored(live, knob, of=arm) == [False]


def test_what_a_schedule_changes_is_told_before_the_change_and_after_it(page, hand):
    live = opened_at(page, hand, LAB, then="1:b:alpha:0.05")
    for alpha in (0.01, 0.05):
        assert live.knobs("B")["aux_coefficient"] == alpha
        arms = live.told()["arms"]
        assert {name: arms[name]["scheduled"] for name in "AB"} == {
            "A": [],
            "B": ["aux_coefficient"],
        }
        live.press("step")
        live.press("step")


def test_a_knob_that_the_run_will_read_is_not_called_ignored_though_the_next_will_not(page, hand):
    live = opened_lab(page, hand, arms="a", then="9:a:balancer:switch")
    live.press("step")
    enter(page, "then_on", False)
    assert ignored(live, "aux_coefficient", of="A") == [False]
    start_new(page)
    assert ignored(live, "aux_coefficient", of="A") == [True]


def test_a_notice_about_an_address_goes_with_the_next_change(page, hand):
    visit(page, LAB, k="99")
    assert "k=99 was refused" in words(page)
    Live(page, hand).turn("top_k", "2")
    assert "was refused" not in words(page)
    visit(page, LAB, k="99")
    assert "k=99 was refused" in words(page)
    visit(page, LAB, k="3")
    assert "was refused" not in words(page)


@pytest.mark.parametrize("heard", [True, False])
def test_the_start_page_trains_what_the_lab_was_set_to(lab, heard):
    lab.turn("top_k", "2", heard=heard)
    visit(lab.page, START)
    lab.start()
    assert lab.knobs("A")["top_k"] == 2


def test_every_measure_of_every_model_and_layer_is_told(lab):
    assert [(each["name"], each["label"], each["steps"]) for each in lab.data["metrics"]] == [
        (name, each.label, each.steps) for name, each in METRICS.items()
    ]
    layered = {each["name"] for each in lab.data["metrics"] if each["per_layer"]}
    lab.press("step")
    arms = lab.told()["arms"]
    assert list(arms) == ["A", "B"]
    for arm in arms.values():
        for name in METRICS:
            now, lines = arm["latest"][name], arm["lines"]["columns"][name]
            if name not in layered:
                assert (isinstance(now, float | int), len(lines)) == (True, 1)
            else:
                assert (len(now), [len(layer) for layer in lines]) == (2, [1, 1])
        assert isinstance(arm["latest"]["cross_entropy"], float)


def test_the_lab_has_every_live_knob_once(lab):
    names = [each["name"] for each in (*lab.data["knobs"], *lab.data["more_knobs"])]
    assert sorted(names) == sorted(LIVE_KNOBS)
