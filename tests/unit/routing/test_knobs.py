"""Rules and groups as a user says them: in a configuration, an address, a command, a saved run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from moeviz.cli.main import main
from moeviz.cli.train import FLAGS
from moeviz.config import DROP_POLICIES, ArmConfig, ConfigError, RunConfig, ScheduledChange
from moeviz.engine.saved import SavedRun
from moeviz.engine.store import RunStore, new_run_id
from moeviz.records import RunHistory
from moeviz.routing.routers import ROUTERS
from moeviz.training.arm import ArmTrainer
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.shared.lab_address import from_query, to_query
from moeviz.ui.shared.lab_state import LabState, Then
from tests.fakes import CountingTrainer

DEEPSEEK = {
    "top_k": 4, "router": "sigmoid_bias_groups", "gate_scale": 2.5, "n_groups": 4,
    "kept_groups": 2, "drop_policy": "reroute",
}  # fmt: skip
SMALL = ["train", "--d-model", "16", "--d-expert", "16", "--batch-size", "2", "--json"]
REFUSED = [
    (
        {"n_groups": 3},
        "n_groups must be a divisor of n_experts (16) with at least two experts per group, got 3",
    ),
    (
        {"n_groups": 6},
        "n_groups must be a divisor of n_experts (16) with at least two experts per group, got 6",
    ),
    (
        {"n_groups": 16},
        "n_groups must be a divisor of n_experts (16) with at least two experts per group, got 16",
    ),
    ({"kept_groups": 2}, "kept_groups must be at most n_groups (1), got 2"),
    ({"n_groups": 4, "kept_groups": 5}, "kept_groups must be at most n_groups (4), got 5"),
    (
        {"n_groups": 4, "top_k": 5},
        "top_k must be at most 4, the number of experts in 1 of 4 groups, got 5",
    ),
    (
        {"n_groups": 8, "kept_groups": 2, "top_k": 5},
        "top_k must be at most 4, the number of experts in 2 of 8 groups, got 5",
    ),
    ({"n_groups": 17}, "n_groups must be a whole number from 1 to 16, got 17"),
    ({"kept_groups": 0}, "kept_groups must be a whole number from 1 to 16, got 0"),
    ({"gate_scale": 0.0}, "gate_scale must be a number from 0.1 to 16, got 0.0"),
    ({"drop_policy": "luck"}, f"drop_policy must be one of {', '.join(DROP_POLICIES)}, got 'luck'"),
]
REFUSALS = pytest.mark.parametrize(("knobs", "refusal"), REFUSED, ids=lambda value: str(value)[:60])
MAGIC = f"router must be one of {', '.join(ROUTERS)}, got 'magic'"


def flags(knobs: dict[str, object]) -> list[str]:
    return [word for name, value in knobs.items() for word in (FLAGS[name], str(value))]


@REFUSALS
def test_routing_that_cannot_be_is_refused_by_name_value_and_bound(knobs, refusal):
    for refused in (
        lambda: ArmConfig.of("A", knobs),
        lambda: ArmConfig("A").with_knobs(knobs),
        lambda: RunConfig((ArmConfig("A"), ArmConfig("B"))).with_knobs(knobs, "B"),
        lambda: RunConfig.from_json({"arms": [{"name": "A", "knobs": knobs, "schedule": []}]}),
        lambda: LabState(b_values=knobs).run_config(),
    ):
        with pytest.raises(ConfigError) as error:
            refused()
        assert str(error.value) == refusal


@pytest.mark.parametrize(("knobs", "refusal"), [*REFUSED, ({"router": "magic"}, MAGIC)])
def test_the_command_line_says_so_by_flags_in_one_line_and_ends_with_2(capsys, knobs, refusal):
    assert main(["train", *flags(knobs)]) == 2
    for name in knobs.keys() | {"n_experts", "n_groups"}:
        refusal = re.sub(rf"\b{name}\b", FLAGS[name], refusal)
    assert capsys.readouterr() == ("", f"moeviz: {refusal}\n")


@pytest.mark.parametrize(("knobs", "refusal"), [*REFUSED, ({"router": "magic"}, MAGIC)])
def test_a_running_model_refuses_it_and_goes_on_as_it_was(knobs, refusal):
    trainer = ArmTrainer(ArmConfig.of("A", {"d_model": 16, "d_expert": 16, "batch_size": 2}))
    before = trainer.arm
    with pytest.raises(ConfigError) as error:
        trainer.set(knobs)
    assert str(error.value) == refusal
    assert trainer.arm is before
    trainer.step()


def test_groups_at_their_bounds_are_taken_and_a_dense_model_has_none():
    for groups, kept, top_k in ((2, 1, 8), (4, 1, 4), (8, 1, 2), (8, 8, 8), (2, 2, 8)):
        arm = ArmConfig.of("A", {"n_groups": groups, "kept_groups": kept, "top_k": top_k})
        assert (arm.routing.n_groups, arm.routing.kept_groups) == (groups, kept)
    assert ArmConfig.of("A", {"n_groups": 3, "top_k": 8, "dense_width": 8}).model.is_dense


@pytest.mark.parametrize(
    ("query", "words", "instead"),
    [
        ({"rule": "magic"}, "router=magic was refused: it must be one of softmax_topk, ", {}),
        ({"groups": "17"}, "groups=17 was refused: it must be a whole number from 1 to 16. ", {}),
        (
            {"gate_scale": "0"},
            "gate_scale=0 was refused: it must be a number from 0.1 to 16. Used instead: 1.0.",
            {},
        ),
        (
            {"groups": "3"},
            "groups must be a divisor of experts (16) with at least two experts per group, got 3. ",
            {},
        ),
        (
            {"groups": "4", "kept_groups": "5"},
            "kept_groups must be at most groups (4), got 5. ",
            {"n_groups": 4},
        ),
        (
            {"groups": "4", "k": "5"},
            "k must be at most 4, the number of experts in 1 of 4 groups, got 5. ",
            {"n_groups": 4},
        ),
        (
            {"groups": "4", "then": "9:a:k:5"},
            "k must be at most 4, the number of experts in 1 of 4 groups, got 5. ",
            {"n_groups": 4},
        ),
    ],
)
def test_routing_that_cannot_be_is_named_with_its_bound_and_the_rest_is_taken(
    query, words, instead
):
    state, (notice,) = from_query(query)
    assert notice.startswith(words)
    assert state == LabState(shared={**LabState().shared, **instead})


def test_an_address_says_how_to_route():
    query = {
        "k": "4", "router": "sigmoid_bias_groups", "gate_scale": "2.5", "groups": "4",
        "kept_groups": "2", "drop": "reroute",
    }  # fmt: skip
    state, notices = from_query(query)
    assert notices == []
    assert to_query(state) == query
    for arm in state.run_config().arms:
        assert {name: arm.knobs[name] for name in DEEPSEEK} == DEEPSEEK


def test_a_scheduled_change_that_would_not_go_with_the_rest_is_no_run():
    for then in (Then(7, "B", "n_groups", 3), Then(7, "B", "kept_groups", 2)):
        with pytest.raises(ConfigError, match=f"^{then.knob} must be"):
            LabState(then=then).run_config()


@pytest.mark.parametrize("told", [True, False], ids=["now", "before_there_were_rules"])
def test_a_saved_run_routes_as_it_did(tmp_path: Path, told: bool):
    knobs = DEEPSEEK if told else {"top_k": 2}
    config = RunConfig((ArmConfig.of("A", knobs, (ScheduledChange(9, {"kept_groups": 1}),)),))
    history = RunHistory.of([CountingTrainer(config).step()["A"]])
    run = SavedRun(new_run_id(), "me", 1.5, config, "paused", 1, histories={"A": history})
    RunStore(tmp_path).save(run)
    if not told:
        (path,) = tmp_path.rglob("config.json")
        written = json.loads(path.read_text())
        for name in ("router", "gate_scale", "n_groups", "kept_groups"):
            del written["config"]["arms"][0]["knobs"][name]
        path.write_text(json.dumps(written))
    back = RunStore(tmp_path).load(run.run_id)
    assert back.config == config
    routing = back.config.arms[0].routing
    if not told:
        assert (routing.router, routing.gate_scale) == ("softmax_topk", 1.0)
        assert (routing.n_groups, routing.kept_groups) == (1, 1)


def test_a_checkpoint_keeps_how_it_routes():
    knobs = DEEPSEEK | {"d_model": 16, "d_expert": 16, "batch_size": 2, "capacity_factor": 1.0}
    config = RunConfig((ArmConfig.of("A", knobs),))
    trainer, other = LockstepTrainer(config), LockstepTrainer(config)
    other.set({"n_groups": 1, "kept_groups": 1, "gate_scale": 1.0, "router": "topk_softmax"})
    trainer.step()
    other.restore(trainer.state())
    assert other.config == config
    assert other.step()["A"].cross_entropy == trainer.step()["A"].cross_entropy


@pytest.mark.parametrize("rule", ROUTERS)
@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_every_router_trains_under_every_drop_policy(capsys, rule, policy):
    """No expert computes more than its 0.75 of a fair share, whatever was asked of it."""
    knobs = DEEPSEEK | {"router": rule, "drop_policy": policy, "capacity_factor": 0.75}
    assert main([*SMALL, "--steps", "2", *flags(knobs)]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 < last["cross_entropy"] < 7
    computed = [share for layer in last["processed_load"] for share in layer]
    assert 0 < max(computed) <= 0.75 / 8 + 1e-6
    assert min(last["dropped_fraction"]) >= 0.25 - 1e-6
