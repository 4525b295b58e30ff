"""A router or a balancer declares a knob of its own in its file, and no other file is touched."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from moeviz.config import KNOBS, BalanceConfig, ConfigError, Knob, declare_own
from moeviz.config.group import OwnValues
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.balancers.base import LossBalancer, register
from moeviz.routing.routers import Router
from tests.package_copy import package_with, told

BALANCER = """
from moeviz.config import Knob
from moeviz.routing.balancers.base import LossBalancer, register

@register
class PowerLoad(LossBalancer):
    name, order, title, short = "power_load", 75, "Load to a power", "Power"
    formula, source, used_by, description = "f", "ours", "nothing", "A test."
    at_even, at_collapse = "L", "L"
    own = (
        Knob("power", "float", 1.0, "Power p", "Of the probability.", live=True, low=0.5, high=4),
    )

    def loss(self, step, state):
        return (step.probs.mean(1) ** step.own["power"]).sum()
"""
ROUTER = """
from moeviz.config import Knob
from moeviz.routing.routers.base import Router, register

@register
class Tempered(Router):
    name, order, title = "tempered", 50, "Tempered"
    formula, source, used_by, description = "p", "ours", "nothing", "A test."
    own = (
        Knob(
            "temperature", "float", 1.0, "Temperature", "Of the softmax.", live=True, low=0.01,
            high=10, flag="--heat", url="heat", former_urls=("warmth",),
        ),
    )

    def router_scores(self, seen):
        return (seen.router_logits / seen.own["temperature"]).softmax(-1)
"""
FILES = {
    "moeviz/routing/balancers/power_load.py": BALANCER,
    "moeviz/routing/routers/tempered.py": ROUTER,
}

SCRIPT = """
import contextlib, io, json, pickle
from pathlib import Path
from moeviz.cli.main import main
from moeviz.config import LIVE_KNOBS, ArmConfig, RunConfig, ScheduledChange
from moeviz.engine.saved import SavedRun, read_run, write_run
from moeviz.live.presses import LABELS
from moeviz.records import RunHistory
from moeviz.routing.ignored import ignored_knobs
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.inspect.state import ASKED_KNOBS
from moeviz.ui.shared.controls import MORE_KNOBS
from moeviz.ui.shared.knob_data import knob_data
from moeviz.ui.shared.lab_address import from_query, to_query

OWN = ("power", "temperature")
small = {"d_model": 16, "d_expert": 16, "batch_size": 2, "n_layers": 1}
methods = {"balancer": "power_load", "router": "tempered"}

def losses(**knobs):
    # The auxiliary loss of a step with these knobs, and of the next one with two others.
    trainer = LockstepTrainer(RunConfig((ArmConfig.of("A", {**small, **methods, **knobs}),)))
    first = trainer.step()["A"].auxiliary_loss
    trainer.set({"power": 4.0, "temperature": 0.01})
    return [first, trainer.step()["A"].auxiliary_loss]

def printed(*words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    return code, out.getvalue(), err.getvalue()

flags = ["--d-model", "16", "--d-expert", "16", "--batch-size", "2", "--layers", "1"]
flags += ["--balancer", "power_load", "--router", "tempered", "--steps", "1", "--json"]
trained = json.loads(printed("train", *flags, "--power", "2", "--heat", "0.5")[1])
listed = json.loads(printed("methods", "--json")[1])

query = {"balancer": "power_load", "router": "tempered", "power": "2.0", "heat": "0.5"}
state, notices = from_query(query)
(arm,) = [arm for arm in state.run_config().arms if arm.name == "A"]
older = from_query({"router": "tempered", "warmth": "0.5", "then": "9:a:power:3"})

changed = ScheduledChange(2, {"power": 3.0})
config = RunConfig((ArmConfig.of("A", {**small, **methods, "power": 2.0}, (changed,)),))
history = RunHistory.of([LockstepTrainer(config).step()["A"]])
folder = Path("run")
folder.mkdir()
write_run(folder, SavedRun("run", "me", 0.0, config, "paused", 1, histories={"A": history}))

print(json.dumps({
    "losses": [losses(), losses(power=2.0), losses(temperature=0.1)],
    "flags": [trained["auxiliary_loss"], losses(power=2.0, temperature=0.5)[0]],
    "refused": printed("train", "--power", "9")[::2],
    "methods": [m["knobs"] for kind in listed.values() for m in kind if m["source"] == "ours"],
    "address": [to_query(state) == query, notices, [arm.knobs[name] for name in OWN]],
    "older": [to_query(older[0]), older[1]],
    "saved": read_run(folder).config == config,
    "sent": pickle.loads(pickle.dumps(config)) == config,
    "live": [name in LIVE_KNOBS for name in OWN],
    "asked": [name in ASKED_KNOBS for name in OWN],
    "more": sorted(MORE_KNOBS[-2:]),
    "control": [knob_data("power")["label"], LABELS["temperature"]],
    "read": [name for name in OWN if name in ignored_knobs(config.arms[0].knobs)],
    "unread": [name for name in OWN if name in ignored_knobs(ArmConfig("A").knobs)],
}))
"""


def test_own_knobs_reach_training_flags_addresses_controls_and_saved_runs(tmp_path: Path):
    found = told(package_with(tmp_path, FILES), SCRIPT)
    plain, powered, heated = found.pop("losses")
    assert powered[0] < plain[0], "with p = 2 the sum of the powers of shares is below 1"
    assert plain[1] < powered[0], "the next step has p = 4"
    assert heated[0] == pytest.approx(plain[0]), "the shares sum to 1 at any temperature"
    by_flags, by_config = found.pop("flags")
    assert by_flags == pytest.approx(by_config, rel=1e-6)
    assert by_flags != pytest.approx(powered[0], rel=1e-6), "the temperature changes the shares"
    assert found == {
        "refused": [2, "moeviz: --power must be a number from 0.5 to 4, got 9\n"],
        "methods": [[*Router.knobs, "temperature"], ["aux_coefficient", "power"]],
        "address": [True, [], [2.0, 0.5]],
        "older": [{"router": "tempered", "heat": "0.5", "then": "9:a:power:3.0"}, []],
        "saved": True,
        "sent": True,
        "live": [True, True],
        "asked": [False, True],
        "more": ["power", "temperature"],
        "control": ["Power p", "Temperature"],
        "read": [],
        "unread": ["power", "temperature"],
    }


def test_a_knob_declared_after_the_package_was_imported_is_refused():
    late = Knob("late", "float", 1.0, "Late", "Too late.", live=True)
    with pytest.raises(RuntimeError, match=r"'late' is declared too late: .* is a file of"):
        declare_own(late, "balancer")

    class Late(LossBalancer):
        name, order, own = "late_balancer", 999, (late,)

    with pytest.raises(RuntimeError, match="declared too late"):
        register(Late)
    assert "late" not in KNOBS
    assert "late_balancer" not in BALANCERS


@pytest.mark.parametrize("taken", [{"url": "alpha"}, {"flag": "--aux"}, {"url": "method"}])
def test_no_two_knobs_have_a_name_a_flag_or_a_parameter_in_common(taken: dict[str, str]):
    knob = Knob("mine", "float", 1.0, "Mine", "Mine.", live=True, **taken)
    with pytest.raises(ValueError, match=r"'mine' is called as '\w+' is"):
        declare_own(knob, "balancer")


def test_a_knob_of_another_group_is_no_own_knob_even_when_it_is_the_same():
    with pytest.raises(ValueError, match="'gate_scale' is called as 'gate_scale' is"):
        declare_own(KNOBS["gate_scale"], "balancer")


def test_a_value_for_a_knob_that_no_method_declares_is_refused_by_name():
    with pytest.raises(ConfigError, match="knob must be"):
        BalanceConfig(own={"tau": 1.0})


def test_values_of_own_knobs_are_equal_hashed_and_sent_by_what_they_are():
    values = OwnValues({"tau": 1.0, "power": 2.0})
    assert values == OwnValues({"power": 2.0, "tau": 1.0}) == pickle.loads(pickle.dumps(values))
    assert hash(values) == hash(OwnValues({"power": 2.0, "tau": 1.0}))
    assert values != OwnValues({"tau": 1.0})
    with pytest.raises(TypeError):
        values["tau"] = 2.0  # type: ignore[index]
