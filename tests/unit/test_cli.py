"""What `python -m moeviz train` promises: JSON Lines, exit codes, one line for a bad argument."""

from __future__ import annotations

import json

import numpy as np
import pytest
import safetensors.numpy

from moeviz.cli import main

SMALL = ["train", "--d-model", "16", "--d-expert", "16", "--batch-size", "2", "--json"]


def lines_of(capsys: pytest.CaptureFixture[str], *more: str) -> list[dict]:
    assert main([*SMALL, *more]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_json_object_a_step_with_what_the_issue_names(capsys):
    lines = lines_of(capsys, "--steps", "3", "--capacity-factor", "none", "--aux", "0.01")
    assert [line["step"] for line in lines] == [1, 2, 3]
    for line in lines:
        assert np.shape(line["expert_load"]) == (2, 8)
        assert line["tokens_per_s"] > 0
        for name in ("normalised_entropy", "max_violation", "dropped_fraction"):
            assert np.shape(line[name]) == (2,)


def test_the_printed_load_explains_the_printed_entropy(capsys):
    load = np.array(lines_of(capsys, "--steps", "4")[-1]["expert_load"])
    lines = lines_of(capsys, "--steps", "4")
    np.testing.assert_allclose(load.sum(axis=1), 1, atol=1e-6)
    safe = np.where(load > 0, load, 1)
    entropy = -(load * np.log(safe)).sum(axis=1) / np.log(8)
    np.testing.assert_allclose(lines[-1]["normalised_entropy"], entropy, atol=1e-5)


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
        (["--experts", "99"], ["n_experts", "2 to 64", "99"]),
        (["--experts", "many"], ["n_experts", "2 to 64", "many"]),
        (["--top-k", "4", "--experts", "2"], ["top_k", "at most n_experts (2)", "4"]),
        (["--capacity-factor", "nan"], ["capacity_factor", "0.1 to 8", "nan"]),
        (["--steps", "0"], ["steps", "1 to 20000", "0"]),
        (["--method", "magic"], ["method", "switch_loss", "magic"]),
        (["--text", "/no/such/file"], ["text", "readable", "/no/such/file"]),
        (["--checkpoint", "/no/such/folder/x"], ["checkpoint", "writable", "/no/such/folder/x"]),
    ],
)
def test_a_bad_argument_is_one_line_with_field_value_and_bound(capsys, arguments, words):
    assert main(["train", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    for word in words:
        assert word in err


@pytest.mark.parametrize("arguments", [[], ["fly"], ["train", "--wings", "2"]])
def test_an_unknown_word_is_one_line_too(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
