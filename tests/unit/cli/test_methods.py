"""The list of methods: what programs read, and that training takes each name of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from moeviz.cli.main import main

BALANCERS = [
    "none", "importance", "load_cv", "gshard", "switch", "hf_pooled", "megablocks", "sequence",
    "global_batch", "z_loss", "bias_sign",
]  # fmt: skip
ROUTERS = ["softmax_topk", "softmax_topk_renormalised", "topk_softmax", "sigmoid_bias_groups"]
SMALL = ["--experts", "4", "--layers", "1", "--d-model", "16", "--d-expert", "16", "--steps", "2"]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["methods", *arguments]) == 0
    return capsys.readouterr().out


def test_a_program_reads_every_method_with_its_words(capsys):
    said = json.loads(printed(capsys, "--json"))
    assert [each["name"] for each in said["routers"]] == ROUTERS
    names = [each["name"] for each in said["balancers"]]
    assert [name for name in names if name in BALANCERS] == BALANCERS
    for each in (*said["routers"], *said["balancers"]):
        for field in ("title", "formula", "description", "source", "used_by", "causal"):
            assert each[field], (each["name"], field)
    switch = said["balancers"][names.index("switch")]
    assert switch["defaults"] == {"aux_coefficient": 0.01}
    assert (switch["at_even"], switch["at_collapse"]) == ("L", "L·E/k")


def test_a_reader_sees_every_name(capsys):
    lines = printed(capsys).splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ")} >= {*ROUTERS, *BALANCERS}


@pytest.mark.parametrize("balancer", BALANCERS)
def test_training_takes_every_balancer(capsys, balancer):
    assert main(["train", *SMALL, "--json", "--top-k", "2", "--balancer", balancer]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 < last["cross_entropy"] < 7
    alone = main(["train", *SMALL, "--json", "--top-k", "2", "--balancer", "none"])
    assert alone == 0
    without = json.loads(capsys.readouterr().out.splitlines()[-1])
    pushes = last["auxiliary_loss"] > without["auxiliary_loss"]
    assert pushes == (balancer not in ("none", "bias_sign"))


@pytest.mark.parametrize(
    ("earlier", "today"),
    [
        (["--method", "switch_loss"], ["--balancer", "switch"]),
        (["--method", "loss_free_bias"], ["--balancer", "bias_sign"]),
        (["--routing-rule", "sigmoid_topk_renormalised"], ["--router", "sigmoid_bias_groups"]),
        (["--routing-rule", "topk_softmax"], ["--router", "topk_softmax"]),
    ],
)
def test_names_of_earlier_versions_train_the_same(capsys, earlier, today):
    lines = []
    for arguments in (earlier, today):
        assert main(["train", *SMALL, "--json", *arguments]) == 0
        last = json.loads(capsys.readouterr().out.splitlines()[-1])
        del last["tokens_per_s"]
        lines.append(last)
    assert lines[0] == lines[1]


def test_the_list_needs_no_torch():
    code = (
        "import sys; from moeviz.cli.main import main; main(['methods', '--json']); "
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
