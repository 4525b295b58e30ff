"""The layers hold, the web process stays free of torch, pages stay small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from moeviz.ui.shared import navigation

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
        "    if m.name != 'moeviz.ui.main':  # a script: importing it would draw a page\n"
        "        importlib.import_module(m.name)\n"
        "assert 'streamlit' in sys.modules\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)


def test_no_page_brings_torch_into_the_web_process():
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "from moeviz.engine.protocol import EngineError\n"
        "from tests.pages.hand_engine import HandEngine\n"
        "class Silent(HandEngine):\n"
        "    def ask(self, *_):\n"
        "        raise EngineError('the model is not asked here')\n"
        "sys._moeviz_engine = Silent()\n"
        "app = AppTest.from_file('moeviz/ui/main.py', default_timeout=30).run()\n"
        f"for page in {[str(page) for page in PAGES]}:\n"
        "    assert not app.switch_page(page).run().exception, page\n"
        f"app.switch_page({navigation.LAB!r}).run()\n"
        "assert not app.exception\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_short_and_only_arranges(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("\n") <= 100
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            allowed = r"moeviz\.(ui(\.\w+)*|engine\.protocol)"
            assert re.fullmatch(allowed, node.module or ""), node.module
        if isinstance(node, ast.Import):
            assert [each.name for each in node.names] == ["streamlit"]


def test_every_page_is_in_the_navigation():
    assert sorted(page.file for page in navigation.PAGES) == [str(page) for page in PAGES]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "moeviz").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_module_and_all_it_offers_says_what_it_is(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(module)
    for each in module.body:
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and not each.name.startswith("_"):
            assert ast.get_docstring(each), each.name


@pytest.mark.parametrize(
    "path", sorted((ROOT / "moeviz" / "ui").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_action_lets_streamlit_end_it_at_its_session_state(path):
    for act in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(act, ast.FunctionDef) and "action" in map(ast.unparse, act.decorator_list):
            inside = [each for each in ast.walk(act) if isinstance(each, ast.Attribute)]
            assert "session_state" not in [each.attr for each in inside], act.name


@pytest.mark.parametrize(
    "path", sorted((ROOT / "moeviz" / "figures").glob("[!_]*.py")), ids=lambda path: path.name
)
def test_a_module_of_figures_is_one_picture_of_its_name(path):
    """What pictures share is in the theme; what they show is computed in analysis."""
    offered = {
        each.name: each
        for each in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and not each.name.startswith("_")
    }
    assert list(offered) == [path.stem]
    assert ast.unparse(offered[path.stem].returns) == "Figure"


def test_no_file_outgrows_a_readers_patience():
    """config.py alone is longer: it is a table."""
    for path in (ROOT / "moeviz").rglob("*.py"):
        if path.name != "config.py":
            assert path.read_text(encoding="utf-8").count("\n") < 300, path


def test_no_page_is_drawn_by_a_clock():
    sources = [ROOT / "app.py", *PAGES, *(ROOT / "moeviz").rglob("*.py")]
    assert len(sources) > len(PAGES) + 100
    assert [p for p in sources if "run_every" in p.read_text(encoding="utf-8")] == []


def test_no_room_is_named_after_nothing():
    names = {path.stem for path in (ROOT / "moeviz").rglob("*.py")}
    assert not names & {"utils", "util", "helper", "helpers", "common", "misc", "info"}
