"""What a tab has after any records is the whole history, in blocks, and within bounds."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeviz.config import ArmConfig, RunConfig, ScheduledChange
from moeviz.engine.limits import Limits
from moeviz.engine.protocol import RunStatus
from moeviz.live import records
from moeviz.live.messages import View
from moeviz.live.records import LINE_DIGITS, LINES, Histories, as_text, record
from moeviz.records import COLUMNS, WINDOW_STEPS, KnobMark, RunHistory, StepSnapshot
from tests import run_states
from tests.run_states import applied, block_means
from tests.snapshots import history, snapshot

SCALARS = ("cross_entropy", "auxiliary_loss")
HELD_OUT = ("held_out_cross_entropy", "held_out_accuracy")
OF_DOMAINS = ("domain_cross_entropy", *HELD_OUT)
OF_EXPERTS = (
    "expert_load", "processed_load", "mean_router_prob", "window_load", "window_processed_load",
)  # fmt: skip
OF_LAYERS = tuple(set(COLUMNS) - {"step", *SCALARS, *OF_DOMAINS, *OF_EXPERTS})


def status_of(config: RunConfig, histories: Histories, **more: Any) -> RunStatus:
    """A run that has just done the last step of its histories."""
    latest = {name: last(each) for name, each in histories.items() if len(each)}
    more.setdefault("step", max((each.step for each in latest.values()), default=0))
    rates = {arm.name: 0.0 for arm in config.arms}
    fields = {"state": "running", "config": config, "started": config, "tokens_per_s": rates}
    return RunStatus("run", latest=latest, **{**fields, **more})


def last(history: RunHistory) -> StepSnapshot:
    values = {name: history[name][-1] for name in COLUMNS}
    return StepSnapshot(**{n: v.item() if v.ndim == 0 else v for n, v in values.items()})


def drawn_history(arm: ArmConfig, steps: int, seed: int) -> RunHistory:
    """Random records; a held-out loss is there on some steps only, a domain on most."""
    random = np.random.default_rng(seed)
    layers, experts = arm.model.n_layers, 0 if arm.model.is_dense else arm.model.n_experts
    shapes = {
        **dict.fromkeys(SCALARS, (steps,)),
        **dict.fromkeys(OF_DOMAINS, (steps, 2)),
        **dict.fromkeys(OF_LAYERS, (steps, layers)),
        **dict.fromkeys(OF_EXPERTS, (steps, layers, experts)),
    }
    columns: dict[str, Any] = {"step": np.arange(1, steps + 1)}
    for name in COLUMNS[1:]:
        columns[name] = random.exponential(10.0 ** random.integers(-6, 6), shapes[name])
        if name in OF_LAYERS and not experts:
            columns[name][:] = np.nan
        if name in OF_EXPERTS:
            columns[name] /= columns[name].sum(axis=-1, keepdims=True)
    for name in ("normalised_entropy", "entropy_above_collapse"):
        columns[name] = np.minimum(columns[name], 1)
    columns["effective_experts"] = max(experts, 1) ** columns["normalised_entropy"]
    unmeasured = random.random(steps) < 0.9
    for name in HELD_OUT:
        columns[name][unmeasured] = np.nan
    columns["domain_cross_entropy"][random.random((steps, 2)) < 0.1] = np.nan
    types = {name: np.int64 if name == "step" else np.float32 for name in COLUMNS}
    return RunHistory({name: np.asarray(columns[name], types[name]) for name in COLUMNS})


@st.composite
def configs(draw: st.DrawFn) -> RunConfig:
    """One to three models; one of them may be dense."""
    arms = []
    for name in ("A", "B", "C")[: draw(st.integers(1, 3))]:
        knobs: dict[str, Any] = {
            "n_layers": draw(st.integers(1, 3)),
            "n_experts": draw(st.sampled_from([2, 3, 8])),
        }
        if draw(st.integers(0, 3)) == 0:
            knobs["dense_width"] = 64
        arms.append(ArmConfig.of(name, knobs))
    return RunConfig(tuple(arms))


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Revisions and steps at which a tab is told: forwards, now and then from an earlier one on."""
    told, revision, step = [(0, draw(st.integers(0, 5)))], 0, 0
    for _ in range(draw(st.integers(1, 12))):
        if draw(st.integers(0, 5)) == 0:
            revision, step = revision + 1, draw(st.integers(0, told[-1][1]))
        else:
            step = told[-1][1] + draw(st.sampled_from([0, 1, 2, 3, 7, 16, 40]))
        told.append((revision, step))
    return told


def told_along(
    config, walk, view="charts", marks=lambda step: (), changed=lambda config, _: config
):
    """The states of a tab along a walk, with the histories and the status that it ends at."""
    longest = max(step for _, step in walk)
    state, known = None, None
    for revision, step in walk:
        seeds = {arm.name: 100 * revision + i for i, arm in enumerate(config.arms)}
        histories = {
            arm.name: drawn_history(arm, longest, seeds[arm.name]).until(step)
            for arm in config.arms
        }
        now = changed(config, step)
        status = status_of(now, histories, revision=revision, step=step, marks=marks(step))
        message, known = record(status, histories, view, known)
        state = applied(state, json.loads(as_text(message), parse_constant=pytest.fail))
        assert state is not None
    return state, status, histories


FEW_POINTS, FEW_LOAD_POINTS = 8, 16


@contextlib.contextmanager
def few_points():
    """So that blocks merge often; the kept records of an engine have as many as a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "MAX_POINTS", FEW_POINTS)
        yield


def near(told, expected):
    """To the digits that are sent; a gap where there is a gap."""
    assert len(told) == len(expected)
    for one, other in zip(told, expected, strict=True):
        assert (one is None) == (other is None)
        if other is not None:
            assert one == pytest.approx(other, rel=6 * 10.0**-LINE_DIGITS, abs=1e-12)


@settings(max_examples=40)
@given(configs(), walks())
@few_points()
def test_records_one_after_the_other_give_the_blocks_of_the_whole_history(config, walk):
    state, _, histories = told_along(config, walk)
    for arm in state["arms"]:
        whole = histories[arm["name"]]
        if not len(whole):
            assert arm["lines"] == {"stride": 1, "columns": {}}
            continue
        for column in LINES:
            values = whole[column.name].astype(float)
            parts = [values] if values.ndim == 1 else list(values.T)
            told = arm["lines"]["columns"][column.name]
            for part, values_told in zip(parts, [told] if values.ndim == 1 else told, strict=True):
                stride, means = block_means(part.tolist(), FEW_POINTS)
                assert arm["lines"]["stride"] == stride
                near(values_told, means)


@settings(max_examples=40)
@given(configs(), walks())
@few_points()
def test_load_comes_as_the_root_of_each_blocks_share(config, walk):
    state, _, histories = told_along(config, walk)
    for arm, told in zip(config.arms, state["arms"], strict=True):
        if arm.model.is_dense or not len(histories[arm.name]):
            assert told["load"]["bytes"] == []
            continue
        loads = histories[arm.name]["expert_load"].astype(float)
        for number, shares in enumerate(loads.reshape(len(loads), -1).T):
            stride, means = block_means(shares.tolist(), FEW_LOAD_POINTS)
            assert told["load"]["stride"] == stride
            codes = [block[number] for block in told["load"]["bytes"]]
            roots = [255 * math.sqrt(mean or 0) for mean in means]
            assert codes == pytest.approx(roots, abs=0.5001)


@settings(max_examples=40)
@given(configs(), walks(), st.sampled_from(["status", "bars", "charts"]))
@few_points()
def test_a_tab_that_came_by_many_records_agrees_with_one_that_came_last(config, walk, view):
    def marks(step):
        at = range(5, step + 1, 50)
        return tuple(KnobMark(s, "A", {"learning_rate": s / 1000}) for s in at)

    def changed(config, step):
        return config.with_knobs({"learning_rate": (1 + step % 5) / 100}, "A")

    state, status, histories = told_along(config, walk, view, marks, changed)
    message, _ = record(status, histories, view, None)
    assert state == applied(None, json.loads(as_text(message)))
    assert state["arms"][0]["knobs"]["learning_rate"] == repr((1 + status.step % 5) / 100)
    assert len(state["marks"]) == len(marks(status.step))


def test_a_record_that_builds_on_another_is_not_applied():
    config = RunConfig((ArmConfig.of("A", {"n_layers": 1, "n_experts": 2}),))
    state, status, histories = told_along(config, [(0, 3), (0, 5)])
    _, known = record(status, histories, "bars", None)
    later, _ = record(status, histories, "bars", known)
    assert later["after"] == [0, 5]
    assert applied(None, later) is None
    assert applied({**state, "step": 4}, later) is None
    assert applied({**state, "revision": 1}, later) is None
    assert applied(state, later) is not None


def test_a_second_record_repeats_no_whole_block():
    config = RunConfig((ArmConfig.of("A", {"n_layers": 1, "n_experts": 2}),))
    histories = {"A": history(1001)}
    _, known = record(status_of(config, {"A": histories["A"].until(1000)}), histories, "bars", None)
    message, _ = record(status_of(config, histories), histories, "bars", known)
    assert message["arms"]["A"]["lines"]["first"] == 125
    assert message["arms"]["A"]["lines"]["stride"] == 8
    assert message["arms"]["A"]["lines"]["columns"]["cross_entropy"] == [3.0]


@pytest.mark.parametrize(
    ("view", "columns", "load"),
    [
        ("status", None, False),
        ("bars", {"cross_entropy", "held_out_accuracy"}, False),
        ("charts", None, True),
    ],
)
def test_a_view_gets_its_columns_only(view: View, columns, load):
    config = RunConfig((ArmConfig.of("A", {"n_layers": 1, "n_experts": 2}),))
    histories = {"A": history(3)}
    told = record(status_of(config, histories), histories, view, None)[0]["arms"]["A"]
    assert ("load" in told) == load
    if columns is not None:
        assert set(told["lines"]["columns"]) == columns
    assert ("latest" in told) == (view != "status")
    if view != "status":
        assert told["latest"]["effective_experts"] == [2.0]
        assert told["latest"]["unused_weights"] == 0.0
    assert told["knobs"]["top_k"] == "1"


def test_a_page_that_shows_one_layer_at_a_time_has_words_about_each():
    config = RunConfig((ArmConfig.of("A", {"n_layers": 2, "n_experts": 2}),))
    histories = {"A": history(WINDOW_STEPS, [[0.5, 0.5], [1.0, 0.0]])}
    told = {
        view: record(status_of(config, histories), histories, view, None)[0]["arms"]["A"]["words"]
        for view in ("bars", "charts")
    }
    assert [each["layer"] for each in told["bars"].pop("layers")] == [0, 1]
    assert told["bars"] == told["charts"]
    assert told["charts"]["layer"] == 1


def test_a_run_without_a_step_has_no_lines_and_no_words():
    config = RunConfig((ArmConfig.of("A", {"n_experts": 4}),))
    empty = {"A": RunHistory.of(())}
    message, _ = record(status_of(config, empty, state="paused"), empty, "charts", None)
    assert (message["step"], message["state"]) == (0, "paused")
    assert not {"latest", "words", "lines", "load"} & set(message["arms"]["A"])
    assert message["arms"]["A"]["knobs"]["top_k"] == "1"


def test_a_run_whose_worker_is_still_on_a_step_is_not_called_paused():
    config, empty = RunConfig((ArmConfig.of("A", {}),)), {"A": RunHistory.of(())}
    for pausing, state in ((True, "pausing"), (False, "paused")):
        status = status_of(config, empty, state="paused", pausing=pausing)
        assert record(status, empty, "status", None)[0]["state"] == state


def test_a_record_names_the_experiment_that_a_reset_would_repeat():
    rescue = RunConfig(
        (
            ArmConfig.of("A", {"balancer": "switch", "aux_coefficient": 0.0}),
            ArmConfig.of(
                "B",
                {"balancer": "switch", "aux_coefficient": 0.0},
                (ScheduledChange(300, {"aux_coefficient": 0.05}),),
            ),
        )
    )
    changed = rescue.with_knobs({"aux_coefficient": 0.05}, "B")
    turned = changed.with_knobs({"top_k": 2})
    for config, step, named in (
        (rescue, 0, "rescue"),
        (changed, 300, "rescue"),  # by the run itself
        (changed, 299, ""),  # by hand
        (turned, 300, ""),
    ):
        told, _ = record(status_of(config, {}, started=rescue, step=step), {}, "bars", None)
        assert told["experiment"] == named


@pytest.mark.parametrize("value", [1e-45, 1.17e-38, 3.4e38, -3.4e38, math.inf, -math.inf, math.nan])
def test_any_number_of_a_record_can_be_told(value):
    config = RunConfig((ArmConfig.of("A", {"n_layers": 1, "n_experts": 2}),))
    histories = {"A": RunHistory.of([snapshot(cross_entropy=value, auxiliary_loss=value)])}
    text = as_text(record(status_of(config, histories), histories, "charts", None)[0])
    told = json.loads(text, parse_constant=pytest.fail)["arms"]["A"]
    expected = pytest.approx(value, rel=1e-4) if math.isfinite(value) else None
    assert told["latest"]["auxiliary_loss"] == expected
    assert told["lines"]["columns"]["cross_entropy"] == [expected]


FULL_BYTES, NEWS_BYTES = 640_000, 60_000
"""The most that a record of the largest run may take: all of it, and what one step adds."""


def largest_run() -> tuple[RunConfig, Mapping[str, RunHistory]]:
    """Four arms of the most layers and experts, with as many steps as a server allows any run."""
    knobs = {"n_layers": 8, "n_experts": 64}
    config = RunConfig(tuple(ArmConfig.of(name, knobs) for name in "ABCD"))
    steps = Limits().max_steps
    row = drawn_history(config.arms[0], 1, 0)
    columns: dict[str, Any] = {"step": np.arange(1, steps + 1)}
    random = np.random.default_rng(0)
    for name in COLUMNS[1:]:
        shape = row[name].shape[1:]
        if len(shape) == 2:  # loads: views of one row, which no server would have to hold
            columns[name] = np.broadcast_to(row[name], (steps, *shape))
        else:
            columns[name] = random.random((steps, *shape), np.float32) / 1000
    columns["effective_experts"] = 1 + 63_000 * columns["effective_experts"]  # never below 1
    return config, dict.fromkeys("ABCD", RunHistory(columns))


def test_the_largest_run_of_the_most_steps_fits_a_bounded_message():
    config, histories = largest_run()
    before = {name: each.until(Limits().max_steps - 1) for name, each in histories.items()}
    whole, known = record(status_of(config, before), before, "charts", None)
    news, _ = record(status_of(config, histories), histories, "charts", known)
    assert len(as_text(whole)) <= FULL_BYTES
    assert len(as_text(news)) <= NEWS_BYTES


def test_the_kept_records_for_javascript_are_those_of_the_engine():
    """Made by `python -m tests.run_states`; tests/js/run_state_test.js applies them."""
    kept = json.loads(run_states.FIXTURE.read_text())
    made = run_states.fixture()
    assert kept["records"] == made["records"]
    assert kept["states"] == json.loads(json.dumps(made["states"]))
    strides = [r["arms"]["A"].get("lines", {"stride": 0})["stride"] for r in kept["records"]]
    assert {1, 2, 4} <= set(strides)
    for before, told in pairwise(kept["records"]):
        assert told["after"] in (None, [before["revision"], before["step"]])
