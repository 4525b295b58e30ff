"""`moeviz record` writes what the first picture reads, where it is told to."""

from __future__ import annotations

import json

from moeviz.analysis.tour import RECORD, recorded
from moeviz.cli import record
from moeviz.cli.main import main


def answer():
    trace = {name: value for name, value in recorded().items() if name not in ("text", "corpus")}
    return trace, recorded()["corpus"]


def test_the_trace_is_written_as_the_picture_reads_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(record, "traced_example", answer)
    file = tmp_path / "tour.json"
    assert main(["record", "--to", str(file)]) == 0
    assert json.loads(file.read_text(encoding="utf-8")) == recorded()
    assert file.read_text(encoding="utf-8") == RECORD.read_text(encoding="utf-8")
    assert "step 200, 14 tokens" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_said_in_a_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(record, "traced_example", answer)
    assert main(["record", "--to", str(tmp_path / "none" / "tour.json")]) == 1
    assert "was not written: No such file" in capsys.readouterr().err
