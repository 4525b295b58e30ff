"""What the walkthrough offers: true held-out lines, real source for every scene, experiments."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from moeviz.analysis.stage_scenes import SCENES
from moeviz.config import DROP_POLICIES
from moeviz.data.texts import domain_texts
from moeviz.routing.routers import ROUTERS
from moeviz.routing.routers.sigmoid_bias_groups import SigmoidBiasGroups
from moeviz.routing.scores import router_probabilities
from moeviz.traces import MAX_TRACED_TOKENS
from moeviz.ui.inspect.asking import first_run
from moeviz.ui.inspect.state import from_query
from moeviz.ui.shared.source import code_of
from moeviz.ui.walkthrough.code import scene_sources
from moeviz.ui.walkthrough.examples import EXAMPLES
from moeviz.ui.walkthrough.inspector import _ordinal
from moeviz.ui.walkthrough.lesson import SOURCES, TEXTS
from tests.made_up_traces import made_up_trace
from tests.other_routers import known


def test_every_domains_example_is_text_that_no_model_was_trained_on():
    texts = domain_texts()
    examples = {name.lower(): text for name, text in EXAMPLES.items()}
    assert {*texts} <= {*examples}
    for domain, split in texts.items():
        assert examples[domain] in split.held_out
        assert examples[domain] not in split.train


@pytest.mark.parametrize(("rule", "policy"), list(itertools.product(ROUTERS, DROP_POLICIES)))
def test_every_scene_has_source_under_every_rule_and_policy(rule, policy):
    trace = made_up_trace(8, 8, 2, 0.5)
    routing = dataclasses.replace(trace.routing, router=rule, drop_policy=policy)
    sources = scene_sources(dataclasses.replace(trace, routing=routing), 0)
    assert tuple(sources) == SCENES
    for module, name in itertools.chain(*sources.values()):
        assert code_of(module, name)


def test_the_source_follows_what_the_routing_does():
    plain = made_up_trace(8, 8, 2)
    biased = made_up_trace(8, 8, 2, bias=0.5)
    layer = plain.layers[0]
    noisy = dataclasses.replace(layer, router_noise=np.ones_like(layer.router_logits))
    names = [name for _, name in scene_sources(plain, 0)["select"]]
    assert names == ["Router.choose", "select_experts"]
    assert [name for _, name in scene_sources(biased, 0)["select"]] == [
        "Router.selection_scores", "biased_scores", *names,
    ]  # fmt: skip
    assert [name for _, name in scene_sources(plain, 0)["score"][1:]] == [
        "Router.router_scores", "router_probabilities",
    ]  # fmt: skip
    with_noise = scene_sources(dataclasses.replace(plain, layers=(noisy,)), 0)
    assert [name for _, name in with_noise["score"][:2]] == [
        "MoEFeedForward.forward", "add_router_noise",
    ]  # fmt: skip
    assert "self.router(x)" in code_of(*with_noise["score"][0])
    scaled = dataclasses.replace(plain.routing, gate_scale=2.5)
    weigh = scene_sources(dataclasses.replace(plain, routing=scaled), 0)["weigh"]
    assert any("gate_scale" in code_of(*each) for each in weigh)
    runs = {
        "sigmoid_bias_groups": ("sigmoid_bias_groups", "SigmoidBiasGroups"),
        # The same numbers, the same lines:
        "topk_softmax": ("softmax_topk_renormalised", "SoftmaxTopKRenormalised"),
    }
    for name, (module, defined) in runs.items():
        rule = dataclasses.replace(plain.routing, router=name)
        weigh = scene_sources(dataclasses.replace(plain, routing=rule), 0)["weigh"]
        assert weigh == ((f"moeviz.routing.routers.{module}", f"{defined}.gate_weights"),)


class Overriding(SigmoidBiasGroups):
    """Each step a little of its own."""

    name = "fake_overriding"

    def router_scores(self, seen):
        return self.halved(router_probabilities(seen.router_logits))

    def halved(self, scores):
        return scores / 2

    def selection_scores(self, router_scores, seen, routing):
        return super().selection_scores(router_scores, seen, routing) - 1

    def choose(self, ranked, routing):
        return super().choose(-ranked, routing)

    def gate_weights(self, seen, router_scores, chosen, expert):
        return 2 * super().gate_weights(seen, router_scores, chosen, expert)


def test_a_router_that_overrides_a_step_shows_its_own_source(monkeypatch):
    name = known(Overriding, monkeypatch)
    plain = made_up_trace(8, 8, 2)
    routing = dataclasses.replace(plain.routing, router=name)
    scenes = scene_sources(dataclasses.replace(plain, routing=routing), 0)
    shown = {scene: [name for _, name in scenes[scene]] for scene in ("score", "select", "weigh")}
    assert shown == {
        "score": [
            "MoEFeedForward.forward", "Overriding.router_scores", "Overriding.halved",
            "router_probabilities",
        ],
        "select": [
            "Overriding.selection_scores", "Router.selection_scores", "biased_scores",
            "Overriding.choose", "Router.choose", "select_experts",
        ],
        "weigh": ["Overriding.gate_weights", "SigmoidBiasGroups.gate_weights"],
    }  # fmt: skip
    assert "-ranked" in code_of(__name__, "Overriding.choose")
    assert {module for each in scenes.values() for module, _ in each} >= {__name__}


def test_dispatch_lists_what_the_model_runs_and_nothing_that_it_does_not():
    def names(trace, policy: str) -> list[str]:
        routing = dataclasses.replace(trace.routing, drop_policy=policy)
        return [
            n for _, n in scene_sources(dataclasses.replace(trace, routing=routing), 0)["dispatch"]
        ]

    policy = ["assign_slots", "queue_places", "_queue_order"]
    tight, dropless = made_up_trace(8, 8, 2, 0.5), made_up_trace(8, 8, 2)
    assert names(tight, "position") == [*policy, "expert_capacity"]
    assert names(tight, "reroute") == [*policy, "_rerouted", "expert_capacity"]
    for policy in DROP_POLICIES:
        assert names(dropless, policy) == ["route", "dispatch"]


def test_the_lesson_has_a_question_an_answer_and_its_sources():
    assert TEXTS["Question"].endswith("?")
    assert "C = ⌈CF · k · T / E⌉" in TEXTS["Answer"]
    for module, name in SOURCES:
        assert code_of(module, name)


@pytest.mark.parametrize("experiment", TEXTS.experiments, ids=lambda each: each.title)
def test_an_experiments_address_is_understood_and_the_first_run_can_answer_it(experiment):
    state, notices = from_query(experiment.query)
    assert notices == []
    (arm,) = first_run().arms
    assert arm.with_knobs(state.knobs).routing != arm.routing


def test_ordinals_are_english_beyond_the_teens_too():
    said = "1st 2nd 3rd 4th 10th 11th 12th 13th 20th 21st 22nd 33rd 111th 121st"
    assert " ".join(_ordinal(int(each[:-2])) for each in said.split()) == said


def test_the_examples_fit_the_stage():
    assert all(0 < len(text) < MAX_TRACED_TOKENS for text in EXAMPLES.values())
