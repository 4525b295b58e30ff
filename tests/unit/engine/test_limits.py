"""What a server refuses, and in which words."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from moeviz.accounting.lab_model import total_parameters
from moeviz.config import ArmConfig, ConfigError, RunConfig, ScheduledChange
from moeviz.engine.limits import Limits, check_arm
from moeviz.engine.mirror import Mirror
from moeviz.engine.protocol import LimitReached
from moeviz.records import RunHistory
from moeviz.training.lockstep import LockstepTrainer
from tests.fakes import CountingTrainer

ROOT = Path(__file__).parents[3]


def config(**knobs) -> RunConfig:
    return RunConfig((ArmConfig.of("A", knobs),))


def test_the_labs_defaults_are_allowed() -> None:
    Limits().check(config())


def test_too_many_parameters_are_refused_by_number_and_bound() -> None:
    parameters = total_parameters(config().arms[0].model)
    words = f"Model A would have {parameters:,} parameters. This server allows 1,000 parameters per"
    with pytest.raises(LimitReached, match=words):
        Limits(max_parameters_per_arm=1000).check(config())


def test_too_many_tokens_are_refused_by_number_and_bound() -> None:
    words = "Model A would train on 1,024 tokens per step. This server allows 1,000 tokens per step"
    with pytest.raises(LimitReached, match=words):
        Limits(max_tokens_per_step=1000).check(config(batch_size=16, context_length=64))


@pytest.mark.parametrize("limit", dataclasses.fields(Limits), ids=lambda each: each.name)
def test_a_refusal_names_no_field_and_says_bytes_in_a_unit(limit) -> None:
    if not limit.metadata["allows"]:
        pytest.skip("this bound refuses nothing")
    said = str(Limits().refusal(limit.name, "Why.", "Do this."))
    assert re.fullmatch(r"Why\. This server allows [^_]+\. Do this\.", said)
    assert ("B of" in said) == ("bytes" in limit.name)


def test_every_limit_that_is_refused_says_what_it_allows() -> None:
    sources = (ROOT / "moeviz" / "engine").glob("*.py")
    code = "\n".join(each.read_text(encoding="utf-8") for each in sources)
    refused = set(re.findall(r"refusal\(\s*\"(\w+)\"", code))
    assert len(refused) > 4
    for name in refused:
        assert Limits.__dataclass_fields__[name].metadata["allows"], name


@pytest.mark.parametrize(
    "refused",
    [
        config(balancer="magic"),
        config(router="magic"),
        RunConfig((ArmConfig.of("A", {}, (ScheduledChange(3, {"balancer": "magic"}),)),)),
        RunConfig((ArmConfig.of("A", {}, (ScheduledChange(3, {"router": "magic"}),)),)),
    ],
)
def test_an_unknown_balancing_method_or_router_is_refused(refused: RunConfig) -> None:
    with pytest.raises(ConfigError, match="magic"):
        Limits().check(refused)


def test_a_schedule_that_does_not_go_with_the_knobs_is_refused_until_it_has_fired() -> None:
    changes = (ScheduledChange(9, {"kept_groups": 3}), ScheduledChange(3, {"n_groups": 4}))
    check_arm(ArmConfig.of("A", {}, changes))
    two = ArmConfig.of("A", {"n_groups": 8, "kept_groups": 2}, (ScheduledChange(3, {"top_k": 5}),))
    bound = r"top_k must be at most 4, the number of experts in 2 of 8 groups, got 5"
    for step in (0, 2):
        with pytest.raises(ConfigError, match=bound):
            check_arm(two, step)
    check_arm(two, step=3)
    with pytest.raises(ConfigError, match=bound):
        Limits().check(RunConfig((ArmConfig("first"), two)))


def test_records_that_would_not_fit_in_memory_shorten_the_run() -> None:
    limits = Limits(max_steps=10_000, history_bytes_per_run=2**20)
    wide, narrow = config(n_experts=64, n_layers=8), config(n_experts=2, n_layers=1)
    assert limits.steps_of(wide) < limits.steps_of(narrow) <= 10_000


@pytest.mark.parametrize("knobs", [{}, {"n_experts": 64, "n_layers": 8}, {"dense_width": 128}])
def test_records_of_a_full_run_take_no_more_than_their_limit(knobs: dict) -> None:
    limits = Limits(max_steps=200, history_bytes_per_run=200_000)
    arm = config(**knobs)
    trainer, mirror = CountingTrainer(arm), Mirror()
    for _ in range(limits.steps_of(arm)):
        mirror.append(RunHistory.of([trainer.step()["A"]]))
    assert sum(column.nbytes for column in mirror.history().columns.values()) <= 200_000


@pytest.mark.parametrize("knobs", [{}, {"n_experts": 2, "n_layers": 8}, {"dense_width": 128}])
def test_a_step_is_counted_as_the_numbers_that_it_records(knobs: dict) -> None:
    small = {"d_model": 16, "d_expert": 16, "batch_size": 2, **knobs}
    trained = LockstepTrainer(config(**small)).step()["A"]
    real = sum(column.nbytes for column in RunHistory.of([trained]).columns.values())
    limits = Limits(max_steps=10**9, history_bytes_per_run=1000 * real)
    assert limits.steps_of(config(**small)) == 1000


def test_the_environment_overrides_a_limit() -> None:
    limits = Limits.from_environment({"MOEVIZ_MAX_STEPS": "5000", "HOME": "/"})
    assert limits == dataclasses.replace(Limits(), max_steps=5000)


@pytest.mark.parametrize("text", ["many", "", "0", "-3", "1.5"])
def test_a_bad_limit_in_the_environment_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"MOEVIZ_MAX_STEPS must be a whole number"):
        Limits.from_environment({"MOEVIZ_MAX_STEPS": text})


def test_every_limit_is_documented() -> None:
    assert all(each.metadata["help"].endswith(".") for each in dataclasses.fields(Limits))
