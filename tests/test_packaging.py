"""What an installed moeviz needs and has with it: each declared once, and all of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
READ = """
import json
from setuptools import Distribution
read = Distribution()
read.parse_config_files(["pyproject.toml"])
found = [read.install_requires, read.extras_require, read.package_data, read.entry_points]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def declared() -> list[Any]:
    """What setuptools makes of pyproject.toml: needed, extras, data files, scripts."""
    done = subprocess.run(
        [sys.executable, "-c", READ], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def pins(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def test_every_requirement_is_pinned():
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-transformers.txt"):
        for line in pins(name):
            assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+(\.post[0-9]+)?", line), line


def test_the_package_and_its_extra_need_what_the_requirements_pin(declared):
    needed, extras, _, _ = declared
    assert needed == pins("requirements.txt")
    optional = pins("requirements-transformers.txt")
    assert extras == {"dev": pins("requirements-dev.txt"), "transformers": optional}
    assert set(optional) <= set(pins("requirements-dev.txt"))


def test_every_file_that_is_no_module_is_installed_with_the_package(declared):
    _, _, data, _ = declared
    installed = {
        path
        for package, globs in data.items()
        for glob in globs
        for path in (ROOT / package).glob(glob)
    }
    others = {
        path
        for path in (ROOT / "moeviz").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert others
    assert installed == others


def test_the_command_is_the_command_line(declared):
    _, _, _, scripts = declared
    assert scripts == {"console_scripts": ["moeviz = moeviz.cli.main:main"]}


@pytest.mark.parametrize("browser", [False, True])
@pytest.mark.parametrize("slow", [False, True])
def test_make_test_runs_every_test_once_whatever_its_marks(browser, slow):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets,) = re.findall(r"^test: (.+)$", makefile, re.MULTILINE)
    chosen = [
        eval(marks, {"browser": browser, "slow": slow})
        for target in targets.split()
        for marks in re.findall(
            rf'^{target}:.*\n.*pytest -m "?([a-z ]+?)"?(?: -|$)', makefile, re.M
        )
    ]
    assert chosen.count(True) == 1
