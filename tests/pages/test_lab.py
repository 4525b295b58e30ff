"""The training lab: its controls say the state, its requests reach the right arms."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from moeviz.ui.lab.transport import restart_changes

from moeviz.config import KNOBS
from moeviz.data.domains import domain_names
from moeviz.engine.protocol import Until
from moeviz.ui.capacity.training import capacity_run_config
from moeviz.ui.shared.lab_state import RESTART_KNOBS, URL_NAMES, LabState
from moeviz.ui.shared.navigation import LAB, START
from moeviz.ui.shared.presets import PRESETS
from tests.fakes import CountingTrainer
from tests.pages.visit import (
    address,
    enter,
    press,
    visit,
    visit_with_open_doors,
    words,
    words_behind,
)


def sent(hand) -> list[tuple]:
    """What `set` was told since the last call, without the run's id."""
    told = [(knobs, arm) for what, *rest in hand.asked if what == "set" for _, knobs, arm in [rest]]
    hand.asked.clear()
    return told


def run_of(page, hand):
    return hand.known[address(page)["run"]]


def knobs_of(page, hand, arm: str) -> dict:
    return {each.name: each.knobs for each in run_of(page, hand).trainer.config.arms}[arm]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_presets_page_shows_its_controls_and_a_verdict_a_promise(page, hand, preset):
    visit_with_open_doors(page, LAB, **preset.query)
    assert words(page).count("**not yet**") == len(preset.expectations)
    for each in (*page.number_input, *page.selectbox):
        kind, _, rest = each.key.partition("_")
        arm, _, name = rest.partition("_")
        if kind == "knob":
            assert each.value == (preset.state.b if arm == "B" else preset.state.shared)[name]
    assert page.toggle("then_on").value == (preset.state.then is not None)
    press(page, "do_start")
    hand.train(address(page)["run"], 30)
    page.run()
    assert not page.exception
    for expectation in preset.expectations:
        assert expectation.claim in words(page)
    assert (
        run_of(page, hand).trainer.config.arms[0].knobs["method"] == preset.state.shared["method"]
    )


def test_without_arm_b_a_promise_is_not_judged_and_the_page_says_why(page, hand):
    visit(page, LAB, preset="collapse", arms="a")
    for _ in range(2):
        said = words(page)
        assert said.count("**not judged** (there is no arm B)") == 3
        assert "not yet" not in said
        assert "no step recorded" not in said
        press(page, "do_step")


def test_a_verdict_follows_the_run(page, hand):
    visit(page, LAB, preset="collapse")
    press(page, "do_start")
    hand.train(address(page)["run"], 620)
    page.run()
    said = words(page)
    assert said.count("**seen**") >= 1
    assert "**not yet**" not in said
    assert "You have changed its controls" not in said
    enter(page, "knob_A_learning_rate", 0.001)
    assert "You have changed its controls" in words(page)


def test_the_preset_menu_loads_controls_and_lets_the_run_go_on(page, hand):
    visit(page, LAB)
    press(page, "do_start")
    first = address(page)["run"]
    enter(page, "preset", "too_strong")
    assert page.number_input("knob_B_aux_coefficient").value == 1.0
    assert hand.known[first].state == "running"
    assert address(page) == {"preset": "too_strong"}


def test_a_live_knob_goes_to_both_arms_while_it_is_linked(page, hand):
    visit(page, LAB)
    press(page, "do_step")
    enter(page, "knob_A_learning_rate", 0.01)
    assert sent(hand) == [({"learning_rate": 0.01}, "A"), ({"learning_rate": 0.01}, "B")]
    press(page, "link_learning_rate")
    assert sent(hand) == []
    enter(page, "knob_B_learning_rate", 0.02)
    assert sent(hand) == [({"learning_rate": 0.02}, "B")]
    enter(page, "knob_A_learning_rate", 0.03)
    assert sent(hand) == [({"learning_rate": 0.03}, "A")]
    press(page, "link_learning_rate")
    assert sent(hand) == [({"learning_rate": 0.03}, "B")]
    assert [knobs_of(page, hand, arm)["learning_rate"] for arm in "AB"] == [0.03, 0.03]


def test_the_address_says_the_link_and_both_values(page, hand):
    visit(page, LAB)
    enter(page, "knob_A_top_k", 2)
    press(page, "link_top_k")
    assert address(page) == {"k": "2", "unlinked": "k,method"}
    enter(page, "knob_B_top_k", 4)
    assert address(page) == {"k": "2", "unlinked": "k,method", "b_k": "4"}


def test_a_click_outruns_the_address_that_the_last_one_led_to(page, hand):
    visit(page, LAB, noise="0.5")
    enter(page, "knob_A_top_k", 2)
    page.query_params.clear()
    page.query_params["noise"] = "0.5"
    press(page, "link_learning_rate")
    assert page.number_input("knob_A_top_k").value == 2
    assert address(page) == {"noise": "0.5", "k": "2", "unlinked": "method,lr"}


def test_the_way_back_to_an_earlier_address_brings_its_controls(page, hand):
    visit_with_open_doors(page, LAB, noise="0.5")
    enter(page, "knob_A_top_k", 2)
    page.query_params.clear()
    page.query_params["noise"] = "0.5"
    page.run()
    assert page.number_input("knob_A_top_k").value == 1
    assert page.number_input("knob_A_router_noise").value == 0.5


def test_a_dense_baseline_takes_the_live_knobs_of_a(page, hand):
    visit(page, LAB, dense="active", unlinked="lr,method")
    press(page, "do_step")
    enter(page, "knob_A_learning_rate", 0.01)
    rates = [arm.train.learning_rate for arm in run_of(page, hand).trainer.config.arms]
    assert rates == [0.01, KNOBS["learning_rate"].default, 0.01]


def test_a_model_knob_waits_for_a_new_run_and_can_be_taken_back(page, hand):
    visit_with_open_doors(page, LAB)
    press(page, "do_start")
    run_id = address(page)["run"]
    hand.train(run_id, 4)
    enter(page, "knob_A_seed", 5)
    assert "This needs a new run from step 0: Seed 0 → 5." in words(page)
    assert sent(hand) == []
    assert (hand.known[run_id].state, hand.latest(run_id).step) == ("running", 4)
    press(page, "do_keep")
    assert page.number_input("knob_A_seed").value == 0
    assert "seed" not in address(page)
    assert "This needs a new run" not in words(page)


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
    assert restart_changes(both.run_config(), alone.run_config()) == ["arm B is new"]
    assert restart_changes(alone.run_config(), both.run_config()) == ["arm B goes"]
    four = capacity_run_config(both.run_config().arms[0])
    assert restart_changes(LabState(**LabState.fields_of(four)).run_config(), four) == []
    dense = LabState(dense="active")
    assert restart_changes(both.run_config(), dense.run_config()) == ["arm Dense (FLOPs) goes"]
    live = LabState(shared={**both.shared, "top_k": 2, "learning_rate": 0.1})
    assert restart_changes(live.run_config(), both.run_config()) == []


def test_a_new_run_pauses_the_old_one_and_takes_its_place(page, hand):
    visit_with_open_doors(page, LAB)
    press(page, "do_start")
    old = address(page)["run"]
    enter(page, "knob_A_seed", 5)
    press(page, "do_new")
    new = address(page)["run"]
    assert new != old
    assert (hand.known[old].state, hand.known[new].state) == ("paused", "running")
    assert [arm.train.seed for arm in hand.latest(new).config.arms] == [5, 5]


def test_a_model_knob_can_be_set_apart_and_linked_again_beside_a_run(page, hand):
    visit_with_open_doors(page, LAB)
    press(page, "do_step", "link_n_layers")
    enter(page, "knob_B_n_layers", 3)
    assert "Layers 2 → 3" in words(page)
    press(page, "link_n_layers")
    assert "Refused" not in words(page)
    assert "This needs a new run" not in words(page)


@pytest.mark.parametrize(
    ("started", "before", "knob", "value", "bound"),
    [
        (False, {}, "n_heads", 3, "Attention heads must be a divisor of Model width (64)"),
        (True, {"experts": "2"}, "top_k", 4, "Experts per token must be at most Experts (2)"),
        (True, {"k": "4"}, "n_experts", 3, "Experts per token must be at most Experts (3)"),
    ],
)
def test_values_that_do_not_go_together_are_refused_and_put_back(
    page, hand, started, before, knob, value, bound
):
    visit_with_open_doors(page, LAB, **before)
    if started:
        press(page, "do_step")
    shown = page.number_input(f"knob_A_{knob}").value
    enter(page, f"knob_A_{knob}", value)
    assert "Refused. Nothing was changed." in words(page)
    assert bound in words(page)
    assert page.number_input(f"knob_A_{knob}").value == shown
    assert sent(hand) == []
    enter(page, "knob_A_router_noise", 0.5)
    assert "Refused" not in words(page)
    assert address(page)["noise"] == "0.5"


def test_step_and_play_until_say_what_is_wanted(page, hand):
    visit_with_open_doors(page, LAB)
    press(page, "do_step", "do_step")
    assert hand.latest(address(page)["run"]).step == 2
    enter(page, "state_until", "step")
    enter(page, "until_step", 50)
    press(page, "do_play")
    assert run_of(page, hand).until == Until("step", 50)
    press(page, "do_pause")
    enter(page, "state_until", "loss")
    assert 0 < page.number_input("until_loss").value < 20
    enter(page, "until_loss", 3.5)
    assert address(page)["until"] == "loss:3.5"
    press(page, "do_play")
    assert run_of(page, hand).until == Until("loss", 3.5)
    press(page, "do_pause")
    enter(page, "state_until", "collapsed")
    press(page, "do_play")
    assert run_of(page, hand).until == Until("collapsed")
    press(page, "do_pause")
    enter(page, "state_until", "never")
    press(page, "do_play")
    assert run_of(page, hand).until is None


@pytest.mark.parametrize(
    ("until", "key", "bad", "said"),
    [
        ("step", "until_step", 0, "Step must be a whole number from 1 to 20,000, got 0"),
        ("loss", "until_loss", -1.0, "Cross-entropy in nats must be a number from 0 to 20, got -1"),
    ],
)
def test_a_condition_that_cannot_be_is_refused_by_its_label(page, hand, until, key, bad, said):
    visit_with_open_doors(page, LAB)
    enter(page, "state_until", until)
    enter(page, key, bad)
    assert said in words(page)


def test_until_a_step_that_nobody_changed_is_the_step_that_is_shown(page, hand):
    visit_with_open_doors(page, LAB)
    enter(page, "state_until", "step")
    shown = page.number_input("until_step").value
    press(page, "do_start")
    assert run_of(page, hand).until == Until("step", shown)


def test_reset_keeps_the_knobs_that_the_controls_have_now(page, hand):
    visit(page, LAB, then="3:b:alpha:0.5")
    press(page, "do_step")
    enter(page, "knob_A_top_k", 3)
    press(page, "do_step", "do_step")
    assert knobs_of(page, hand, "B")["aux_coefficient"] == 0.5
    press(page, "do_reset")
    assert hand.latest(address(page)["run"]).step == 0
    assert [knobs_of(page, hand, arm)["top_k"] for arm in "AB"] == [3, 3]
    assert knobs_of(page, hand, "B")["aux_coefficient"] == KNOBS["aux_coefficient"].default


def test_a_scheduled_change_is_part_of_the_run_and_of_the_address(page, hand):
    visit_with_open_doors(page, LAB)
    enter(page, "then_on", True)
    enter(page, "then_arm", "A")
    enter(page, "then_knob", "top_k")
    enter(page, "then_value", 2)
    enter(page, "then_step", 7)
    assert address(page) == {"then": "7:a:k:2"}
    press(page, "do_step")
    a, b = run_of(page, hand).trainer.config.arms
    assert [(c.step, dict(c.knobs)) for c in a.schedule] == [(7, {"top_k": 2})]
    assert b.schedule == ()
    enter(page, "then_on", False)
    assert "the scheduled change of arm A" in words(page)


def test_the_arms_and_the_baseline_are_a_choice(page, hand):
    visit_with_open_doors(page, LAB)
    enter(page, "state_arms", "a")
    enter(page, "state_dense", "total")
    press(page, "do_step")
    names = [arm.name for arm in run_of(page, hand).trainer.config.arms]
    assert names == ["A", "Dense (size)"]
    assert not [each.key for each in page.button if (each.key or "").startswith("link_")]


def test_what_the_charts_show_is_in_the_address(page, hand):
    visit_with_open_doors(page, LAB)
    enter(page, "state_metric", "load_cv")
    enter(page, "state_layer", 1)
    enter(page, "state_by_domain", True)
    assert address(page) == {"metric": "load_cv", "layer": "1", "loss": "by_domain"}
    visit_with_open_doors(page, LAB, metric="load_cv", layer="7")
    assert page.selectbox("state_layer").value == 0


def test_own_text_trains_and_appears_as_text(page, hand):
    own = "<script>alert(1)</script> ![x](https://example.org/x.png) **bold** $x$ " * 20
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value(own).run()
    press(page, "use_text")
    shown = [each.value for each in page.text if "<script>" in each.value]
    assert len(shown) == 1
    assert shown[0].startswith(f"In use: {len(own):,} characters")
    for drawn in (*page.markdown, *page.warning, *page.error):
        assert "<script>" not in drawn.value
    press(page, "do_step")
    assert {arm.train.user_text for arm in run_of(page, hand).trainer.config.arms} == {own}
    assert own[:20] not in "".join(address(page).values())
    press(page, "drop_text")
    assert "your text" in words(page)
    assert "In use" not in words(page)


def test_the_runs_own_text_comes_back_with_the_runs_address(page, hand):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value("some words " * 100).run()
    press(page, "use_text", "do_step")
    run_id = address(page)["run"]
    visit_with_open_doors(page, LAB, preset="collapse")
    assert "In use" not in words(page)
    visit_with_open_doors(page, LAB, run=run_id)
    assert "In use: 1,100 characters" in words(page)


def end_labels(page) -> list[str]:
    panels = [json.loads(each.proto.json)[0] for each in page.get("bidi_component")]
    (figure,) = [panel["figure"] for panel in panels if "figure" in panel]
    return [each["text"] for each in figure["layout"]["annotations"]]


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


def test_text_that_the_shown_run_does_not_have_is_no_domain_of_its_charts(page, hand):
    hand.make_trainer = DomainsTrainer
    visit_with_open_doors(page, LAB, loss="by_domain")
    press(page, "do_step")
    page.text_area("own_text").set_value("some words of my own. " * 40).run()
    press(page, "use_text")
    assert "This needs a new run from step 0: your text" in words(page)
    press(page, "do_new")
    press(page, "do_step")
    assert "yours 4" in end_labels(page)
    press(page, "drop_text")
    assert "yours 4" in end_labels(page)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("too short", "Your text must be text of 500 to 200,000 characters"),
        ("\x00" * 600, "Your text must be text without control characters"),
    ],
)
def test_text_that_cannot_be_trained_on_is_refused_in_words(page, hand, text, bound):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value(text).run()
    press(page, "use_text")
    assert bound in words_behind(page, "Model")
    assert words(page).count("Refused. Nothing was changed.") == 1
    assert "In use" not in words(page)


def test_a_refusal_of_ones_own_text_is_above_the_field_where_it_is_in_sight(page, hand):
    visit_with_open_doors(page, LAB)
    page.text_area("own_text").set_value("too short").run()
    press(page, "use_text")
    (model,) = [each for each in page.get("popover") if each.proto.popover.label == "Model"]
    (why,) = [each for each in model.get("text") if "got '9 characters'" in each.value]
    drawn = list(model)
    assert drawn.index(why) < drawn.index(page.text_area("own_text"))


def test_another_refusal_is_said_on_the_page_and_not_behind_the_door_of_the_text(page, hand):
    hand.MAX_RUNS = 0
    visit_with_open_doors(page, LAB)
    press(page, "do_start")
    assert "MOEVIZ_MAX_RUNS is 0" in words(page)
    assert "MOEVIZ_MAX_RUNS" not in words_behind(page, "Model")


@pytest.mark.parametrize(
    ("door", "key", "bad"),
    [
        ("Model", "knob_A_n_experts", 65),
        ("More", "knob_A_gate_scale", -5.0),
        ("More", "then_step", 0),
        ("Until a step", "until_step", 0),
    ],
)
def test_a_value_refused_behind_an_open_door_is_refused_there(page, hand, door, key, bad):
    """On a phone the door covers what the page says."""
    visit_with_open_doors(page, LAB, then="3:b:alpha:0.5", until="step:30")
    enter(page, key, bad)
    assert "Refused. Nothing was changed." in words_behind(page, door)
    assert words(page).count("Refused.") == 1
    enter(page, "knob_A_top_k", 65)
    assert "Refused" not in words_behind(page, door)
    assert "Experts per token must be" in words(page)


def test_an_emptied_capacity_factor_is_dropless(page, hand):
    visit(page, LAB, capacity="1.25")
    enter(page, "knob_A_capacity_factor", None)
    assert page.number_input("knob_A_capacity_factor").value is None
    assert "capacity" not in address(page)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"arms": "a", "then": "20:b:lr:0.001"}, "only arm A is trained"),
        ({"b_balancing": "none", "unlinked": "balancing", "then": "20:b:alpha:0.5"}, "reads it"),
    ],
)
def test_a_scheduled_change_that_changes_nothing_says_so(page, hand, query, why):
    visit_with_open_doors(page, LAB, **query)
    (said,) = [each.value for each in page.caption if "Without effect as it stands" in each.value]
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


def ignored(page, *keys: str) -> list[bool]:
    """Whether each of these knobs is disabled; one that is says why before anything else."""
    widgets = {each.key: each for each in (*page.number_input, *page.selectbox)}
    shown = [widgets[f"knob_{key}"] for key in keys]
    for each in shown:
        assert each.disabled == each.help.startswith("Without effect: ")
    return [each.disabled for each in shown]


def test_a_knob_that_no_arm_reads_keeps_its_place_and_its_value_and_says_why(page, hand):
    visit_with_open_doors(page, LAB, bias_rate="0.5", drop="random")
    knobs = ("A_aux_coefficient", "A_bias_update_rate", "A_drop_policy", "A_kept_groups")
    assert ignored(page, *knobs) == [False, True, True, True]  # B has a balance loss
    enter(page, "knob_B_method", "none")
    assert ignored(page, *knobs) == [True, True, True, True]
    assert (
        'only "Balance loss (Switch)" reads it' in page.number_input("knob_A_aux_coefficient").help
    )
    assert page.number_input("knob_A_bias_update_rate").value == 0.5
    assert address(page)["drop"] == "random"
    enter(page, "knob_A_method", "loss_free_bias")
    enter(page, "knob_A_capacity_factor", 1.5)
    enter(page, "knob_A_n_groups", 2)
    assert ignored(page, *knobs) == [True, False, False, False]


def test_a_knob_set_apart_is_judged_for_each_arm_alone(page, hand):
    visit_with_open_doors(page, LAB)
    press(page, "link_aux_coefficient")
    assert ignored(page, "A_aux_coefficient", "B_aux_coefficient") == [True, False]


@pytest.mark.parametrize(
    ("query", "knob"),
    [
        ({"preset": "rescue"}, "A_aux_coefficient"),
        ({"preset": "rescue"}, "B_aux_coefficient"),
        ({"arms": "a", "then": "9:a:method:switch_loss"}, "A_aux_coefficient"),
        ({"then": "9:b:capacity:1.0"}, "A_drop_policy"),
    ],
)
def test_a_knob_that_is_read_from_a_scheduled_step_on_is_not_called_ignored(
    page, hand, query, knob
):
    visit_with_open_doors(page, LAB, **query)
    assert ignored(page, knob) == [False]


def test_a_knob_that_the_run_will_read_is_not_called_ignored_though_the_next_will_not(page, hand):
    visit_with_open_doors(page, LAB, arms="a", then="9:a:method:switch_loss")
    press(page, "do_step")
    enter(page, "then_on", False)
    assert ignored(page, "A_aux_coefficient") == [False]
    press(page, "do_new")
    assert ignored(page, "A_aux_coefficient") == [True]


def test_a_notice_stays_until_the_next_address(page, hand):
    visit(page, LAB, k="99")
    enter(page, "knob_A_top_k", 2)
    assert "k=99 was refused" in words(page)
    visit(page, LAB, k="3")
    assert "was refused" not in words(page)


def test_the_start_page_trains_what_the_lab_was_set_to(page, hand):
    visit(page, LAB)
    enter(page, "knob_A_top_k", 2)
    visit(page, START)
    press(page, "do_start")
    assert knobs_of(page, hand, "A")["top_k"] == 2


def test_every_measure_of_every_arm_and_layer_is_in_a_table(page, hand):
    visit(page, LAB)
    press(page, "do_step")
    (table,) = [each.value for each in page.markdown if each.value.startswith("| arm, layer |")]
    rows = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    assert rows == ["A, 0", "A, 1", "B, 0", "B, 1"]
