"""The layers hold, the web process stays free of torch, pages stay small."""

from __future__ import annotations

import ast
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeviz.ui.components.assets import COMPONENTS, files
from moeviz.ui.shared import navigation

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "pages").rglob("*.py"))
UI = ROOT / "moeviz" / "ui"
SHARED_BY_PAGES = {"shared", "inspect", "components"}
MAX_UI_ARROWS = 40
"""Each is one more thing to know before a part of the interface can be changed."""


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


FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
MODULES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "moeviz").rglob("*.py"))
}
CLASSES = {
    each.name: each
    for module in MODULES.values()
    for each in ast.walk(module)
    if isinstance(each, ast.ClassDef)
}


def silent(body: list[ast.stmt], base: ast.ClassDef | None = None) -> list[str]:
    """What is public in a module or a class and says neither itself nor in a base what it is."""
    public = [
        each
        for each in body
        if isinstance(each, FUNCTION | ast.ClassDef) and not each.name.startswith("_")
    ]
    own = [each.name for each in public if not said(each, base)]
    classes = [each for each in public if isinstance(each, ast.ClassDef)]
    return own + [f"{each.name}.{name}" for each in classes for name in silent(each.body, each)]


def said(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, within: ast.ClassDef | None):
    """Whether it has a docstring; a method's may stand with the one that it overrides."""
    if ast.get_docstring(node):
        return True
    bases = (
        [CLASSES.get(ast.unparse(each).split("[")[0]) for each in within.bases] if within else []
    )
    overridden = (
        (each, base)
        for base in bases
        if base
        for each in base.body
        if isinstance(each, FUNCTION) and each.name == node.name
    )
    return any(said(*each) for each in overridden)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_and_all_it_offers_says_what_it_is(path):
    assert ast.get_docstring(MODULES[path])
    assert silent(MODULES[path].body) == []


def test_what_says_nothing_is_found():
    module = ast.parse(
        "def f(): pass\nasync def g(): pass\ndef _h(): pass\nclass A:\n    def a(self): pass\n"
        "class B(Engine):\n    'Local.'\n    def pause(self): pass\n    def other(self): pass\n"
    )
    assert silent(module.body) == ["f", "g", "A", "A.a", "B.other"]


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


def test_every_tensor_of_training_has_a_shape_that_tests_check():
    """In the annotations: `Float[Tensor, "T E"]`, never `Tensor` alone."""
    bare = []
    for path in sorted((ROOT / "moeviz" / "training").glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        subscripts = [each for each in ast.walk(tree) if isinstance(each, ast.Subscript)]
        shaped = {
            each.slice.elts[0]
            for each in subscripts
            if isinstance(each.value, ast.Name)
            and each.value.id in SHAPED
            and isinstance(each.slice, ast.Tuple)
        }
        bare += [
            f"{path.name}:{each.lineno}"
            for each in _annotation_names(tree)
            if each.id == "Tensor" and each not in shaped
        ]
    assert bare == []


SHAPED = {"Bool", "Float", "Int", "Shaped"}
"""Of jaxtyping."""


def _annotation_names(tree: ast.AST) -> Iterator[ast.Name]:
    for node in ast.walk(tree):
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if annotation is not None:
            yield from (each for each in ast.walk(annotation) if isinstance(each, ast.Name))


def test_no_file_outgrows_a_readers_patience():
    benchmarks = sorted((ROOT / "benchmarks").glob("*.py"))
    assert benchmarks
    for path in (*MODULES, *benchmarks):
        assert path.read_text(encoding="utf-8").count("\n") < 300, path


def test_a_session_has_one_name_in_code():
    """That of `WORDS.md`."""
    named = [
        f"{path.name}: {name}"
        for path in sorted((ROOT / "moeviz").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (getattr(node, field, None) for field in ("id", "arg", "attr", "name"))
        if isinstance(name, str) and {"visit", "visits"} & set(name.lower().split("_"))
    ]
    assert named == []


def test_no_page_is_drawn_by_a_clock():
    sources = [ROOT / "app.py", *PAGES, *(ROOT / "moeviz").rglob("*.py")]
    assert len(sources) > len(PAGES) + 100
    assert [p for p in sources if "run_every" in p.read_text(encoding="utf-8")] == []


def ui_arrows() -> set[tuple[str, str]]:
    """Which folder or file directly under ui/ imports which other one."""
    found = set()
    for path in UI.rglob("*.py"):
        importer = path.relative_to(UI).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = []
            if isinstance(node, ast.Import):
                imported = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path} names a module by where itself lies"
                imported = [f"{node.module}.{each.name}" for each in node.names]
            inside = [each.split(".")[2] for each in imported if each.startswith("moeviz.ui.")]
            found |= {(importer, each) for each in inside if each != importer}
    return found


def test_the_parts_of_the_interface_know_few_others():
    arrows = sorted(f"{importer} -> {imported}" for importer, imported in ui_arrows())
    assert len(arrows) > 10
    assert len(arrows) <= MAX_UI_ARROWS, f"{len(arrows)} arrows: {', '.join(arrows)}"


def test_no_part_of_the_interface_imports_a_pages_folder():
    """But the folder itself: what two pages need belongs to what they share."""
    folders = {path.parent.name for path in UI.glob("*/__init__.py")}
    assert folders >= {*SHARED_BY_PAGES, "lab", "cost"}
    pages = folders - SHARED_BY_PAGES
    assert [arrow for arrow in sorted(ui_arrows()) if arrow[1] in pages] == []


def files_named_in(source: str) -> list[str]:
    """The paths that a component's JavaScript imports, or hands to the browser as its own files."""
    imported = re.findall(r"""(?:\bfrom |\bimport |\bimport\()\s*"([^"]+)\"""", source)
    return imported + re.findall(r'"([\w./-]+\.(?:css|js|json|svg))"', source)


def test_every_file_that_a_component_names_is_one_that_is_served():
    """A name that leads nowhere is found by no check of types: the page then lacks its styles."""
    sources = sorted(COMPONENTS.rglob("*.js"))
    named = [
        (path.relative_to(COMPONENTS), posixpath.normpath(posixpath.join(folder, name)))
        for path in sources
        for folder in [path.parent.relative_to(COMPONENTS).as_posix()]
        for name in files_named_in(path.read_text(encoding="utf-8"))
    ]
    assert {name.rpartition(".")[2] for _, name in named} >= {"css", "js"}
    assert [f"{path} names {name}" for path, name in named if name not in files()] == []
    assert {name for _, name in named if name.endswith(".css")} == {
        path.relative_to(COMPONENTS).as_posix() for path in COMPONENTS.rglob("*.css")
    }


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('import { a } from "./a.js";', ["./a.js"]),
        ('export * from "../b/b.js";', ["../b/b.js"]),
        ('import "./c";', ["./c"]),
        ('const { d } = await import("./d.js");', ["./d.js"]),
        ('/** @typedef {import("./e.js").E} E */', ["./e.js"]),
        ('new URL("f.css", import.meta.url)', ["f.css"]),
        ('const STYLES = ["../g/g.css", "h.css"];', ["../g/g.css", "h.css"]),
        ("new URL(`../${file}`, import.meta.url); said('i.css')", []),
    ],
)
def test_the_files_that_a_source_names_are_found(source, names):
    assert sorted(set(files_named_in(source))) == names


def test_no_room_is_named_after_nothing():
    names = {path.stem for path in (ROOT / "moeviz").rglob("*.py")}
    assert not names & {"utils", "util", "helper", "helpers", "common", "misc", "info"}
