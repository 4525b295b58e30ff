"""The list of mutants fits the sources that it mutates; `python -m tests.mutants` runs them."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace

import pytest

from tests import mutants
from tests.mutants import ROOM, all_mutants, method_files

MUTANTS = all_mutants()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_replaces_text_that_occurs_once_and_is_still_python(mutant):
    assert mutant.old != mutant.new
    compile(mutant.source(), str(mutant.path), "exec")


def test_every_method_has_at_least_three_mutants_of_different_names():
    of_file = Counter(each.path for each in MUTANTS)
    assert {path.name: of_file[path] for path in method_files() if of_file[path] < 3} == {}
    assert max(Counter(each.name for each in MUTANTS).values()) == 1
    assert {"route.py", "slots.py", "capacity.py"} <= {path.name for path in of_file}


def test_a_missing_text_is_an_error_and_no_survivor(monkeypatch):
    gone = replace(MUTANTS[0], old="no such text", path=ROOM / "slots.py")
    with pytest.raises(ValueError, match=r"slots.py: .*: the old text occurs 0 times: no such"):
        gone.source()


@pytest.fixture
def command(monkeypatch):
    """The command on twenty mutants, with these exit codes of pytest in the forks."""

    def run(unmutated: int, *codes: int) -> int:
        of = dict(zip((each.source() for each in MUTANTS[:20]), codes, strict=True))
        monkeypatch.setattr(
            mutants, "in_a_fork", lambda file, path=None, source="": (of.get(source, unmutated), "")
        )
        return mutants.main()

    monkeypatch.setattr(mutants, "warm_up", lambda: None)
    monkeypatch.setattr(mutants, "all_mutants", lambda: MUTANTS[:20])
    monkeypatch.setattr(sys, "argv", ["mutants"])
    monkeypatch.setattr(sys, "pycache_prefix", sys.pycache_prefix)
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", "")
    return run


def test_one_survivor_of_twenty_is_printed_and_two_end_in_1(command, capsys):
    assert command(0, *[1] * 19, 0) == 0
    assert f"survivor  {MUTANTS[19].name}" in capsys.readouterr().out
    assert command(0, *[1] * 18, 0, 0) == 1


def test_tests_that_fail_without_a_mutant_or_do_not_run_are_no_result(command):
    with pytest.raises(SystemExit, match="not green without any mutant"):
        command(1, *[1] * 20)
    with pytest.raises(RuntimeError, match=r"routers/base.py: .*: pytest ended with 2"):
        command(0, 2, *[1] * 19)
