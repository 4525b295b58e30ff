"""What `python -m moeviz count` promises: exact integers, one line for a bad file, no waiting."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.released import released_model
from moeviz.cli.main import main
from tests.released_configs import RELEASED, config_of

ROOT = Path(__file__).parents[3]


@pytest.fixture
def file_of(tmp_path: Path):
    def write(content: Any) -> str:
        path = tmp_path / "config.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    return write


@pytest.mark.parametrize("name", ["Mixtral-8x7B", "DeepSeek-V3", "gpt-oss-120b", "DBRX"])
def test_the_json_has_the_models_exact_figures(name: str, file_of, capsys):
    assert main(["count", file_of(config_of(name)), "--json"]) == 0
    out, err = capsys.readouterr()
    found, released = json.loads(out), RELEASED[name]
    assert err == ""
    assert found["total"] == released["total"]
    assert found["active"] == released["active"]
    assert list(found["active"]) == ["all", "minus_input_embedding", "minus_embedding_and_head"]
    assert found["components"] == released["components"]
    assert found["kv_cache_elements_per_token"] == released["cached_elements_per_token"]
    assert found["model_type"] == config_of(name)["model_type"]


def test_the_table_has_the_same_integers(file_of, capsys):
    path = file_of(config_of("DeepSeek-V3"))
    main(["count", path, "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert main(["count", path]) == 0
    table = capsys.readouterr().out
    for number in (
        figures["total"], figures["kv_cache_elements_per_token"],
        *figures["active"].values(), *figures["components"].values(),
    ):  # fmt: skip
        assert f"{number:,}" in table.replace("\n", " ").split()
    assert figures["notes"][0] in table


def test_what_is_not_counted_or_counted_in_full_is_said(file_of, capsys):
    def notes(config: dict[str, Any]) -> str:
        main(["count", file_of(config), "--json"])
        return " ".join(json.loads(capsys.readouterr().out)["notes"])

    assert "window" in notes(config_of("gpt-oss-120b"))
    assert "multi-token prediction" in notes(config_of("GLM-4.5"))
    assert notes(config_of("OLMoE-1B-7B")) == ""
    assert "the encoder caches nothing" in notes(released_model("Switch-Base-8").config)


def test_how_the_file_was_read_is_said(file_of, capsys):
    file = config_of("Qwen3-30B-A3B", decoder_sparse_step=..., num_experts=64, use_grouped_mm=True)
    path = file_of(file | {"quantization_config": {"quant_method": "awq", "bits": 4}})
    assert main(["count", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"] == RELEASED["Qwen3-30B-A3B"]["total"]
    assert found["defaults"] == {"decoder_sparse_step": 1}
    lost = {"name": "num_experts", "value": 64, "by": "num_local_experts"}
    assert found["overruled"] == [lost]
    assert "use_grouped_mm" in found["unread"]
    assert found["weights_as"] == "int4"
    main(["count", path])
    table = capsys.readouterr().out
    assert "decoder_sparse_step = 1" in table
    assert "num_experts = 64 is ignored, because num_local_experts is present" in table


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_the_json_is_json_whatever_numbers_the_file_has(number: str, file_of, capsys):
    both = f'{{"model_type": "mixtral", "num_local_experts": {number}, "num_experts": 4}}'
    assert main(["count", file_of(both.encode()), "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found["overruled"][0]["value"] == number


def test_what_the_file_says_at_length_is_cut(file_of, capsys):
    file = {"model_type": "mixtral", "num_local_experts": "x" * 50_000, "num_experts": 4}
    unread = {f"{n:03} {'y' * 1000}": 1 for n in range(500)}
    assert main(["count", file_of(file | unread)]) == 0
    out = capsys.readouterr().out
    assert len(out) < 10_000
    assert "'…" in out or "x…" in out
    assert "and 470 more" in out


def test_a_dense_model_is_counted_and_called_one(file_of, capsys):
    hybrid = config_of("Mixtral-8x7B", model_type="granitemoehybrid", num_local_experts=0)
    sizes = {"shared_intermediate_size": 64, "layer_types": ["attention"] * 32}
    main(["count", file_of(hybrid | sizes | {"mamba_n_heads": 128}), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert any("dense model" in note for note in found["notes"])
    assert found["active"]["all"] == found["total"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"model_type": "qwen3-moe"}, "got 'qwen3-moe'. The nearest: qwen3_moe, "),
        (
            {"model_type": "bert"},
            "got 'bert'. The page Your config.json lists them under How this is computed.",
        ),
        (
            {},
            f"model_type is missing: it must be one of the {len(FAMILIES)} that moeviz reads. "
            "The page Your config.json lists them under How this is computed.\n",
        ),
        (
            {"model_type": "llava_of_ours", "text_config": config_of("Mixtral-8x7B")},
            "Its text_config is a mixtral: count that object as a file of its own. With --check it",
        ),
        (
            {"model_type": "foo", "x": {"y": config_of("Qwen3-30B-A3B"), "model_type": "bar"}},
            "Its x.y is a qwen3_moe: count that object as a file of its own.",
        ),
    ],
)
def test_an_unknown_model_type_is_told_the_nearest_and_what_is_inside(
    file: dict[str, Any], words: str, file_of, capsys
):
    assert main(["count", file_of(file)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.slow
def test_a_file_is_checked_with_transformers(file_of, capsys):
    assert main(["count", file_of(config_of("Mixtral-8x7B")), "--json", "--check"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"] == RELEASED["Mixtral-8x7B"]["total"]
    assert found["check"]["equal"] is True
    assert found["check"]["differences"] == {}
    assert main(["count", file_of(config_of("Grok-1")), "--json", "--check"]) == 1
    assert "no class" in json.loads(capsys.readouterr().out)["check"]["refused"]


@pytest.mark.slow
def test_a_family_without_a_closed_form_is_counted_by_building_it(file_of, capsys):
    file = {"model_type": "gemma2", "num_hidden_layers": 1, "vocab_size": 10, "moe_experts": 8}
    path = file_of(file)
    assert main(["count", path, "--json"]) == 2
    assert main(["count", path, "--json", "--check"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counted_by"] == "instantiation"
    assert found["total"] == sum(found["components"].values()) > 0
    assert "Gemma2ForCausalLM" in found["notes"][1]
    assert found["unread"] == ["moe_experts"]
    assert "does not read these fields: moe_experts." in found["notes"][-1]
    assert main(["count", file_of({"model_type": "gpt99"}), "--check"]) == 2
    assert "transformers has no class" in capsys.readouterr().err


def test_standard_input_is_read_where_the_file_is_a_dash(monkeypatch, capsys):
    text = json.dumps(config_of("Mixtral-8x7B")).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + text)))
    assert main(["count", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == RELEASED["Mixtral-8x7B"]["total"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["config.json", "JSON"]),
        (b"\x00\xff\xfe\x7fELF", ["file", "UTF-8"]),
        (b"hidden_size: 4096", ["config.json", "JSON"]),
        (b"[1, 2]", ["config.json", "object"]),
        (b'{"a": 1}' + b" " * 8_000_000, ["file must be at most 8,000,000 bytes, got more in '/"]),
        ({"model_type": "mixtrel"}, ["model_type", "mixtral", "'mixtrel'"]),
        (
            {"added_tokens_decoder": {}, "tokenizer_class": "T"},
            ["model_type is missing", "lists them"],
        ),
        (config_of("DBRX", n_layers="forty"), ["n_layers", "from 1 to 10,000", "'forty'"]),
        (config_of("Grok-1", vocab_size=...), ["vocab_size is missing", "whole number"]),
        (
            b'{"model_type": "mixtral", "junk": ' + b'{"a":' * 600 + b"0" + b"}" * 601,
            ["config.json", "at most 100 objects and lists inside each other"],
        ),
    ],
    ids=range(10),
)
def test_a_bad_file_is_one_line_and_2(content: Any, words: list[str], file_of, capsys):
    for more in ([], ["--json"]):
        assert main(["count", file_of(content), *more]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        for word in words:
            assert word in err


@pytest.mark.parametrize("path", ["/no/such/config.json", "/", "", "a\0b", "x\ny"])
def test_a_path_that_cannot_be_read_is_one_line_and_2(path: str, capsys):
    assert main(["count", path]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert repr(path) in err


def test_without_a_file_it_says_so_in_one_line(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["count"])
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_as_a_process_it_needs_neither_torch_nor_numpy(file_of):
    path = file_of(config_of("Kimi-K2", model_type="kimi_k2"))
    code = (
        "import sys, moeviz.cli.main\n"
        f"code = moeviz.cli.main.main(['count', {path!r}, '--json'])\n"
        "assert not {'torch', 'numpy', 'streamlit'} & set(sys.modules)\n"
        "sys.exit(code)\n"
    )
    for command in (["-c", code], ["-m", "moeviz", "count", path, "--json"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout)["total"] == RELEASED["Kimi-K2"]["total"]
        assert done.stderr == ""
