"""What the command line and its `train` promise: JSON Lines, exit codes, a line for a bad argument.

What `count` promises is in `test_count.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import safetensors.numpy

from moeviz import cli
from moeviz.cli.main import COMMANDS, main
from moeviz.cli.train import FLAGS, STEPS, add_arguments
from moeviz.config import KNOBS
from moeviz.data import corpus, packages
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS
from tests import oracles
from tests.fakes import DIVERGES_AT_RATE, CountingTrainer

ROOT = Path(__file__).parents[3]

SMALL = ["train", "--d-model", "16", "--d-expert", "16", "--batch-size", "2", "--json"]


def lines_of(capsys: pytest.CaptureFixture[str], *more: str) -> list[dict]:
    assert main([*SMALL, *more]) == 0
    return [parsed(line) for line in capsys.readouterr().out.splitlines()]


def parsed(line: str) -> dict:
    """One object; fails on the NaN and Infinity that JSON does not have."""
    return json.loads(line, parse_constant=pytest.fail)


def test_one_json_object_a_step_with_what_the_issue_names(capsys):
    lines = lines_of(capsys, "--steps", "3", "--capacity-factor", "none", "--aux", "0.01")
    assert [line["step"] for line in lines] == [1, 2, 3]
    for line in lines:
        assert np.shape(line["expert_load"]) == (2, 16)
        assert line["tokens_per_s"] > 0
        for name in (
            *("normalised_entropy", "entropy_above_collapse", "effective_experts"),
            *("max_violation", "dropped_fraction", "verdict"),
        ):
            assert np.shape(line[name]) == (2,)


def test_the_issues_own_command_works_as_a_process(tmp_path):
    command = "train --experts 8 --top-k 1 --aux 0 --capacity-factor none --steps 2 --seed 0 --json"
    done = subprocess.run(
        [sys.executable, "-m", "moeviz", *command.split()],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [parsed(line) for line in done.stdout.splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert np.shape(lines[0]["expert_load"]) == (2, 8)
    assert lines[0]["dropped_fraction"] == [0, 0]
    assert done.stderr == ""


def test_a_bad_argument_ends_the_process_with_2():
    done = subprocess.run(
        [sys.executable, "-m", "moeviz", "train", "--aux", "11"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "moeviz: --aux must be a number from 0 to 10, got 11\n"


@pytest.mark.parametrize(
    ("most", "asked", "words"),
    [
        ("50", "51", "--steps must be a whole number from 1 to 50, got 51"),
        ("many", "1", "MOEVIZ_MAX_STEPS must be a whole number of at least 1, got 'many'"),
    ],
)
def test_steps_are_bounded_by_the_servers_limit(most, asked, words):
    """One declaration: the limit of the runs of a server, which the environment sets."""
    done = subprocess.run(
        [sys.executable, "-m", "moeviz", "train", "--steps", asked],
        cwd=ROOT, env={**os.environ, "MOEVIZ_MAX_STEPS": most}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, f"moeviz: {words}\n")


def test_the_default_steps_are_never_more_than_the_limit():
    code = "from moeviz.cli.train import STEPS\nprint(STEPS.default, STEPS.high)"
    environment = {**os.environ, "MOEVIZ_MAX_STEPS": "50"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert done.stdout.split() == [b"50", b"50"]


@pytest.mark.usefixtures("counting")
class TestArguments:
    """What reaches the trainer. A fake takes its place: nothing is trained."""

    def test_without_arguments_the_labs_defaults_are_trained(self, made):
        assert main(["train"]) == 0
        assert made[0].config.arms[0].knobs == {name: knob.default for name, knob in KNOBS.items()}
        assert made[0].step_count == 400

    @pytest.mark.parametrize("flag", FLAGS.values())
    def test_every_flag_reaches_its_knob(self, made, flag):
        name = {each: name for name, each in FLAGS.items()}[flag]
        value = {
            "n_experts": 4, "n_layers": 3, "d_model": 32, "d_expert": 32, "n_heads": 2,
            "context_length": 32, "vocab_size": 400, "activation": "swiglu", "dense_width": 8,
            "top_k": 2, "capacity_factor": 1.5, "drop_policy": "probability",
            "router_noise": 0.5, "balancer": "bias_sign", "aux_coefficient": 0.5,
            "bias_update_rate": 0.5, "z_loss_coefficient": 0.5, "seed": 9, "batch_size": 2,
            "learning_rate": 0.5, "router": "sigmoid_bias_groups", "gate_scale": 2.5,
            "n_groups": 2, "kept_groups": 2,
        }[name]  # fmt: skip
        needed = {"n_groups": 4} if name == "kept_groups" else {}
        more = [word for n, v in needed.items() for word in (FLAGS[n], str(v))]
        assert main(["train", "--steps", "1", flag, str(value), *more]) == 0
        knobs = made[0].config.arms[0].knobs
        changed = {n: v for n, v in knobs.items() if v != KNOBS[n].default}
        assert changed == {name: value, **needed}

    @pytest.mark.parametrize("zero", ["0", "0.0", "-0"])
    def test_no_balance_weight_means_no_balancing(self, made, zero):
        assert main(["train", "--steps", "1", "--aux", zero]) == 0
        assert made[0].config.arms[0].balance.balancer == "none"

    def test_a_named_method_stays_whatever_the_weight(self, made):
        arguments = ["train", "--steps", "1", "--aux", "0", "--balancer", "switch"]
        assert main(arguments) == 0
        assert made[0].config.arms[0].balance.balancer == "switch"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("--balancer none --aux 0.5", '--aux 0.5 is without effect: "None" does not use it'),
            (
                "--drop-policy probability",
                "--drop-policy probability is without effect: "
                "without a capacity factor no token is dropped",
            ),
            ("--balancer none --aux 0", ""),
            ("--aux 0", ""),
            ("--aux 0.5", ""),
            ("--balancer none", ""),
            ("--drop-policy probability --capacity-factor 1", ""),
        ],
    )
    def test_a_flag_that_the_model_does_not_read_is_said_to_be_without_effect(
        self, capsys, arguments, said
    ):
        assert main(["train", "--steps", "1", "--json", *arguments.split()]) == 0
        out, err = capsys.readouterr()
        assert err == (f"moeviz: {said}\n" if said else "")
        assert parsed(out)["step"] == 1

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("--balancer sequence", "--aux is 0.01; 0.0001 is usual with sequence"),
            ("--balancer bias_sign", "--bias-rate is 0.003; 0.001 is usual with bias_sign"),
            ("--balancer sequence --aux 0.5", ""),
            ("--balancer switch", ""),
        ],
    )
    def test_a_strength_that_was_not_given_stays_and_is_said_to_be_unusual(
        self, capsys, made, arguments, said
    ):
        given = arguments.split()
        assert main(["train", "--steps", "1", *given]) == 0
        assert capsys.readouterr().err == (f"moeviz: {said}\n" if said else "")
        if "--aux" not in given:
            alpha = made[0].config.arms[0].balance.aux_coefficient
            assert alpha == KNOBS["aux_coefficient"].default

    def test_own_text_is_trained_on(self, made, tmp_path):
        text = "Routers route. " * 50
        (tmp_path / "own.txt").write_text(text, encoding="utf-8")
        assert main(["train", "--steps", "1", "--text", str(tmp_path / "own.txt")]) == 0
        assert made[0].config.arms[0].train.user_text == text

    @pytest.mark.parametrize("old", [None, b"weights"])
    def test_a_run_that_diverges_writes_no_checkpoint_and_spoils_none(self, old, tmp_path):
        path = tmp_path / "model.safetensors"
        if old:
            path.write_bytes(old)
        arguments = ["train", "--learning-rate", str(DIVERGES_AT_RATE), "--checkpoint", str(path)]
        assert main(arguments) == 1
        assert [each.read_bytes() for each in tmp_path.iterdir()] == ([old] if old else [])

    def test_a_checkpoint_replaces_the_old_one_and_leaves_nothing_beside_it(self, tmp_path):
        path = tmp_path / "model.safetensors"
        path.write_bytes(b"old")
        assert main(["train", "--steps", "1", "--checkpoint", str(path)]) == 0
        assert list(tmp_path.iterdir()) == [path]
        assert path.read_bytes() != b"old"

    def test_a_device_is_written_to_and_not_replaced(self):
        assert main(["train", "--steps", "1", "--checkpoint", "/dev/null"]) == 0
        assert Path("/dev/null").is_char_device()

    def test_a_disk_that_fills_up_is_told_and_keeps_the_old_checkpoint(
        self, capsys, tmp_path, monkeypatch
    ):
        path = tmp_path / "model.safetensors"
        path.write_bytes(b"old")

        def full(_part, _target):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        assert main(["train", "--steps", "1", "--checkpoint", str(path)]) == 1
        assert "was not written: No space left on device" in capsys.readouterr().err
        assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]

    def test_experts_are_counted_in_whole_numbers(self, capsys):
        assert main(["train", "--steps", "1", "--json"]) == 0
        dead = parsed(capsys.readouterr().out)["dead_experts"]
        assert all(isinstance(count, int) for count in dead)

    def test_a_run_that_diverges_says_where_and_ends_with_1(self, capsys):
        assert main(["train", "--learning-rate", str(DIVERGES_AT_RATE)]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err == "moeviz: stopped at model A, step 1: the loss is nan\n"

    def test_without_json_a_person_can_read_it(self, capsys):
        assert main(["train", "--steps", "2"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("step     2  cross-entropy ")
        assert re.search(r"  entropy above collapse \d\.\d\d early, \d\.\d\d early  ", lines[1])

    def test_what_was_not_measured_is_null(self, capsys):
        assert main(["train", "--steps", "1", "--json"]) == 0
        assert parsed(capsys.readouterr().out)["held_out_cross_entropy"] == [None, None]


@pytest.fixture
def made() -> list[CountingTrainer]:
    """The trainers that the command line has made."""
    return []


@pytest.fixture
def counting(made, monkeypatch) -> None:
    """Take a counting fake for the real trainer."""

    def make(config) -> CountingTrainer:
        made.append(CountingTrainer(config))
        return made[-1]

    monkeypatch.setattr("moeviz.training.lockstep.LockstepTrainer", make)


def test_help_is_printed_and_is_no_error(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "--help"])
    assert stop.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for name, flag in FLAGS.items():
        assert flag in said
        assert KNOBS[name].kind == "name" or KNOBS[name].bound.removeprefix("one of ") in said
    assert "1 = exactly even." in said
    assert "Range: a number from 0.1 to 8 or none (dropless). Default: none." in said
    assert f"One of: {', '.join(BALANCERS)}. Default: switch where --aux is" in said
    assert f"One of: {', '.join(ROUTERS)}. Default: softmax_topk." in said
    assert "Training steps to take. Range: a whole number from 1 to 20,000. Default: 400." in said


def test_each_flag_says_what_it_does_its_range_and_its_default():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    helps = {each.dest: each.help or "" for each in parser._actions if each.metavar == "VALUE"}
    assert {*helps} == {*FLAGS, "steps"}
    for name, said in helps.items():
        assert said.startswith(KNOBS.get(name, STEPS).help)
        assert re.search(r"\. (Range|One of): [^.]*(\.\d[^.]*)*\. Default: \S.*\.$", said), said


def test_the_printed_load_explains_the_printed_entropy(capsys):
    load = np.array(lines_of(capsys, "--steps", "4")[-1]["expert_load"])
    lines = lines_of(capsys, "--steps", "4")
    np.testing.assert_allclose(load.sum(axis=1), 1, atol=1e-6)
    safe = np.where(load > 0, load, 1)
    entropy = -(load * np.log(safe)).sum(axis=1) / np.log(16)
    np.testing.assert_allclose(lines[-1]["normalised_entropy"], entropy, atol=1e-5)
    np.testing.assert_allclose(lines[-1]["effective_experts"], 16**entropy, rtol=1e-4)


def test_the_entropy_above_collapse_is_that_of_the_k_in_force(capsys):
    (line,) = lines_of(capsys, "--steps", "1", "--top-k", "4")
    expected = [oracles.entropy_above_collapse(load, 4) for load in line["expert_load"]]
    assert line["entropy_above_collapse"] == pytest.approx(expected, abs=1e-4)
    (line,) = lines_of(capsys, "--steps", "1", "--top-k", "8", "--experts", "8")
    assert line["entropy_above_collapse"] == [None, None]


def test_each_layers_word_is_printed(capsys):
    lines = lines_of(capsys, "--steps", "20", "--top-k", "8", "--experts", "8")
    assert [line["verdict"] for line in lines] == [["early"] * 2] * 19 + [["all_experts"] * 2]


def test_the_window_is_what_is_printed_and_drops_are_told(capsys):
    (*_, last) = lines_of(capsys, "--steps", "3", "--capacity-factor", "0.5")
    asked, computed = np.array(last["expert_load"]), np.array(last["processed_load"])
    dropped = (asked - computed).sum(axis=1)
    np.testing.assert_allclose(last["dropped_fraction"], dropped, atol=1e-6)
    assert (dropped >= 0.5 - 1e-6).all()


def test_a_dense_model_prints_null_for_what_it_has_not(capsys):
    (line,) = lines_of(capsys, "--steps", "1", "--dense-width", "16")
    assert line["normalised_entropy"] == [None, None]
    assert line["expert_load"] == [[], []]


def test_aux_zero_leaves_only_the_z_loss(capsys):
    arguments = ("--steps", "1", "--z-loss", "0")
    assert lines_of(capsys, "--aux", "0", *arguments)[0]["auxiliary_loss"] == 0
    assert lines_of(capsys, "--aux", "0.01", *arguments)[0]["auxiliary_loss"] > 0.015


def test_the_same_seed_prints_the_same_losses(capsys):
    runs = [lines_of(capsys, "--steps", "3", "--seed", seed) for seed in ("4", "4", "5")]
    losses = [[line["cross_entropy"] for line in run] for run in runs]
    assert losses[0] == losses[1] != losses[2]


def test_the_checkpoint_is_safetensors_with_every_weight(capsys, tmp_path):
    path = tmp_path / "model.safetensors"
    lines_of(capsys, "--steps", "1", "--checkpoint", str(path))
    tensors = safetensors.numpy.load_file(path)
    assert tensors["A/model.embedding"].shape == (512, 16)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--experts", "99"], ["--experts must be ", "2 to 64", "99"]),
        (["--experts", "many"], ["--experts must be ", "2 to 64", "many"]),
        (["--top-k", "4", "--experts", "2"], ["--top-k must be ", "at most --experts (2)", "4"]),
        (["--capacity-factor", "nan"], ["--capacity-factor must be ", "0.1 to 8", "nan"]),
        (["--aux", "-1"], ["--aux must be ", "0 to 10", "-1"]),
        (["--heads", "3"], ["--heads must be ", "divisor of --d-model (64)", "3"]),
        (["--d-model", "18"], ["--d-model must be ", "multiple of 4", "18"]),
        (["--activation", "relu"], ["--activation must be ", "gelu, swiglu", "relu"]),
        (["--seed", "1.5"], ["--seed must be ", "whole number", "1.5"]),
        (["--steps", "0"], ["--steps must be ", "1 to 20,000", "0"]),
        (["--balancer", "magic"], ["--balancer must be ", "switch", "magic"]),
        (["--text", "/no/such/file"], ["--text must be ", "readable", "/no/such/file"]),
        (
            ["--checkpoint", "/no/such/folder/x"],
            ["--checkpoint must be ", "writable", "/no/such/folder/x"],
        ),
        (["--checkpoint", "/"], ["--checkpoint must be ", "writable", "/"]),
    ],
)
def test_a_bad_argument_is_one_line_with_flag_value_and_bound(capsys, arguments, words):
    assert main(["train", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    for word in words:
        assert word in err


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"short", "500 to 200,000 characters"), (b"\xff" * 600, "UTF-8 text"), (b"", "500 to")],
)
def test_a_file_that_cannot_be_trained_on_is_refused_in_one_line(capsys, tmp_path, content, words):
    (tmp_path / "own.txt").write_bytes(content)
    assert main(["train", "--text", str(tmp_path / "own.txt")]) == 2
    _, err = capsys.readouterr()
    assert words in err
    assert err.count("\n") == 1


def test_a_refused_argument_leaves_an_old_checkpoint_as_it_was(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    assert main(["train", "--experts", "1", "--checkpoint", str(path)]) == 2
    assert path.read_bytes() == b"weights"


def test_every_module_beside_main_is_a_command_with_its_own_help(capsys):
    modules = {module.name for module in pkgutil.iter_modules(cli.__path__)}
    assert {*COMMANDS} == modules - {"main"}
    for name in COMMANDS:
        with pytest.raises(SystemExit) as stop:
            main([name, "--help"])
        assert stop.value.code == 0
        assert f"usage: moeviz {name} [-h]" in capsys.readouterr().out


def test_the_list_of_commands_waits_for_none_of_them():
    code = (
        "import sys, moeviz.cli.main as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit as stop: code = stop.code\n"
        "loaded = {name for name in sys.modules if name.startswith('moeviz.cli.')}\n"
        "assert loaded == {'moeviz.cli.main'}, loaded\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name, what_it_does in COMMANDS.items():
        assert name in done.stdout
        assert what_it_does in " ".join(done.stdout.split())


@pytest.mark.parametrize("arguments", [[], ["fly"], ["train", "--wings", "2"]])
def test_an_unknown_word_is_one_line_too(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.fixture
def no_package(monkeypatch):
    """No package is installed, and nothing was read before."""
    caches = (packages._pinned, corpus._built_in, corpus.load_corpus)

    def distribution(name: str) -> NoReturn:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(packages, "distribution", distribution)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_a_missing_package_of_the_training_text_is_one_line_and_the_code_1(no_package, capsys):
    assert main([*SMALL, "--steps", "1"]) == 1
    told = capsys.readouterr()
    assert re.fullmatch(
        r"moeviz: The training text needs the package [a-z-]+==\S+, found none\. .+\n", told.err
    )
    assert told.out == ""
