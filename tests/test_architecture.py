"""The layers hold, the web process stays free of torch, pages stay small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "pages").rglob("*.py"))


def test_the_import_contracts_hold():
    command = [str(Path(sys.executable).parent / "lint-imports")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_web_process_imports_no_torch():
    code = (
        "import sys, pkgutil, importlib, moeviz.ui, moeviz.engine.runtime\n"
        "for m in pkgutil.walk_packages(moeviz.ui.__path__, 'moeviz.ui.'):\n"
        "    importlib.import_module(m.name)\n"
        "assert 'streamlit' in sys.modules\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)


def test_no_page_lies_where_streamlit_would_run_it_alone():
    assert not list((ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_short_and_only_arranges(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("\n") <= 100
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            assert re.match(r"moeviz\.(ui|engine\.protocol)", node.module or ""), node.module
        if isinstance(node, ast.Import):
            assert [each.name for each in node.names] == ["streamlit"]


def test_every_module_says_what_it_is():
    for path in (ROOT / "moeviz").rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_every_requirement_is_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"-r requirements\.txt|[a-z-]+==[0-9.]+", line), line
