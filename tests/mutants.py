"""Wrong versions of the routing room: `python -m tests.mutants [--only NAME]`.

`mutants.toml` lists them. Each is imported in a fork of a process that is warm, in place of the
file, and must fail a test of its method. Nothing is written into the source tree.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.machinery
import os
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, settings

TESTS = Path(__file__).parent
ROOM = TESTS.parent / "moeviz" / "routing"
METHODS = ("routers", "balancers")
LEAST_KILLED = 0.95

SLOW_IMPORTS = (
    "beartype", "jaxtyping", "plotly.graph_objects", "streamlit", "torch",
    "transformers.models.deepseek_v3.modeling_deepseek_v3",
    "transformers.models.gpt_oss.modeling_gpt_oss",
    "transformers.models.mixtral.modeling_mixtral",
    "transformers.models.olmoe.modeling_olmoe",
    "transformers.models.qwen2_moe.modeling_qwen2_moe",
    "transformers.models.switch_transformers.modeling_switch_transformers",
)  # fmt: skip

_OTHER_PROCESSES = "not without_torch and not needs_no_other_file"
"""Two tests start a Python of their own, which imports the file as it is."""


@dataclass(frozen=True)
class Mutant:
    """One wrong version of one file.

    Attributes:
        path: the file. wrong: what is wrong, in words.
        old, new: the text that is replaced, and what stands there instead.
        tests: the files of tests that hold it.
        reason: why no test can kill it; "" for all others.
    """

    path: Path
    wrong: str
    old: str
    new: str
    tests: tuple[str, ...]
    reason: str = ""

    @property
    def name(self) -> str:
        """File and fault."""
        return f"{self.path.relative_to(ROOM)}: {self.wrong}"

    def source(self) -> str:
        """The whole file with the fault; ValueError unless the old text occurs exactly once."""
        text = self.path.read_text("utf-8")
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"{self.name}: the old text occurs {times} times: {self.old}")
        return text.replace(self.old, self.new)


def all_mutants() -> list[Mutant]:
    """What `mutants.toml` lists."""
    listed = tomllib.loads((TESTS / "mutants.toml").read_text("utf-8"))
    groups = listed.pop("tests")
    return [
        Mutant(ROOM / file, *mutant[:3], _files(groups, about["tests"]), *mutant[3:])
        for file, about in listed.items()
        for mutant in about["mutants"]
    ]


def _files(groups: dict[str, list[str]], names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(TESTS / file) for name in names for file in groups[name]))


def method_files() -> Iterator[Path]:
    """Every router's and every balancer's file, and what they share."""
    for room in METHODS:
        yield from (each for each in sorted((ROOM / room).glob("*.py")) if each.stem != "__init__")


class _Quickly:
    """A pytest plugin: the same drawn examples every time; a failing one is not made smaller."""

    def pytest_configure(self) -> None:
        settings.register_profile(
            "quickly", database=None, derandomize=True, phases=[Phase.explicit, Phase.generate]
        )
        settings.load_profile("quickly")


def run_tests(file: str) -> int:
    """pytest's exit code; nothing is kept."""
    options = ["-x", "-q", "-n", "0", "--tb=short", "--assert=plain", "-k", _OTHER_PROCESSES]
    without = ["-p", "no:cacheprovider", "-p", "no:unraisableexception"]
    return pytest.main([*options, *without, file], plugins=[_Quickly()])


def warm_up() -> None:
    """Import what takes long and is not this project's: beartype would remember its classes."""
    for name in SLOW_IMPORTS:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what every fork shares is not looked through again in each


def in_a_fork(file: str, path: Path | None = None, source: str = "") -> tuple[int, str]:
    """pytest's exit code for one file of tests, and what it printed, in a fork.

    Args:
        source: is imported in place of the file `path`.
    """
    with tempfile.TemporaryFile("w+") as printed:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                for stream in (1, 2):
                    os.dup2(printed.fileno(), stream)
                if path is not None:
                    _import_instead(path, source)
                code = int(run_tests(file))
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        printed.seek(0)
        return code, printed.read()


def is_killed(mutant: Mutant) -> bool:
    """Whether a test fails. The files of tests run one after another, up to the first that does.

    Raises:
        RuntimeError: pytest ended otherwise than by passed or failed tests.
    """
    source = mutant.source()
    for file in mutant.tests:
        code, printed = in_a_fork(file, mutant.path, source)
        if code == pytest.ExitCode.TESTS_FAILED:
            return True
        if code != pytest.ExitCode.OK:
            raise RuntimeError(f"{mutant.name}: pytest ended with {code}\n{printed}")
    return False


def _import_instead(path: Path, source: str) -> None:
    """Every loader of sources, jaxtyping's too, reads this text for the file, past its bytecode."""
    loader = importlib.machinery.SourceFileLoader
    read, stats = loader.get_data, loader.path_stats

    def get_data(self: importlib.machinery.SourceFileLoader, wanted: str) -> bytes:
        return source.encode() if Path(wanted) == path else read(self, wanted)

    def path_stats(self: importlib.machinery.SourceFileLoader, wanted: str):
        if Path(wanted) == path:
            raise OSError("the bytecode on disk is that of another text")
        return stats(self, wanted)

    loader.get_data, loader.path_stats = get_data, path_stats  # type: ignore[method-assign, assignment]


def main() -> int:
    """Print what survives and the share that is killed; 1 below the least share, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME", help="those whose name contains NAME")
    only = parser.parse_args().only
    mutants = [each for each in all_mutants() if only in each.name]
    if not mutants:
        parser.error(f"no mutant's name contains {only!r}")
    for each in mutants:
        each.source()
    with tempfile.TemporaryDirectory() as kept:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = kept
        warm_up()
        sys.pycache_prefix = kept
        for file in dict.fromkeys(file for each in mutants for file in each.tests):
            code, printed = in_a_fork(file)
            if code != 0:
                raise SystemExit(f"{printed}\n{file} is not green without any mutant.")
        survivors = []
        for number, mutant in enumerate(mutants, start=1):
            killed = is_killed(mutant)
            survivors += [] if killed else [mutant]
            fate = "killed" if killed else "SURVIVES"
            say(f"{number}/{len(mutants)} {fate}  {mutant.name}")
    for mutant in survivors:
        say(f"survivor  {mutant.name}  {mutant.reason}")
    share = 1 - len(survivors) / len(mutants)
    files = len({each.path for each in mutants})
    say(f"{share:.1%} of {len(mutants)} mutants of {files} files killed")
    return 0 if share >= LEAST_KILLED else 1


def say(line: str) -> None:
    """On standard output, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
