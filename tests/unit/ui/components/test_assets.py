"""What the browser loads has names that follow the content, and components that find them."""

from __future__ import annotations

import importlib.metadata
import json
import re

import pytest

from moeviz.glossary import TERMS, term
from moeviz.ui.components import assets


def forget() -> None:
    for each in (assets.sources, assets.files, assets.folder):
        each.cache_clear()


@pytest.fixture(autouse=True)
def fresh_hash():
    forget()
    yield
    forget()


def test_every_source_and_plotly_are_served():
    sources = list(assets.COMPONENTS.glob("*/*.[jc]s*"))
    assert len(sources) > 30
    assert set(sources) < set(assets.files().values())
    version = importlib.metadata.version("plotly")
    plotly = assets.files()[f"plotly-{version}.min.js"]
    assert "plotly.js v" in plotly.read_text(encoding="utf-8")[:200]


def test_nothing_but_what_a_browser_runs_and_the_glossary_is_served():
    assert {name.rpartition(".")[2] for name in assets.files()} == {"js", "css", "json"}
    served = json.loads(assets.files()["glossary.json"])
    assert served["capacity-factor"] == ["capacity factor", term("CF").short]
    assert list(served) == [each.id for each in TERMS]


def test_another_content_has_another_address(tmp_path, monkeypatch):
    before = assets.folder()
    changed = tmp_path / "load_bars"
    changed.mkdir()
    (changed / "load_bars.js").write_text("export default () => {};\n")
    monkeypatch.setattr(assets, "COMPONENTS", tmp_path)
    forget()
    assert assets.folder() != before


def test_a_component_asks_for_all_its_modules_at_once():
    modules = assets.modules_of("routing_stage")
    assert modules[0] == "routing_stage/routing_stage.js"
    assert {"shared/shared.js", "routing_stage/routing_stage_motion.js"} < set(modules)
    assert set(modules) < set(assets.files())


def test_a_component_asks_for_its_style_sheets_with_its_modules():
    styles = assets.styles_of(assets.modules_of("start_stage"))
    assert {"shared/shared.css", "load_bars/load_bars.css", "start_stage/start_stage.css"} < {
        *styles
    }
    assert set(styles) < set(assets.files())
    assert re.search('"shared": "[^"]*\\bshared.css', assets._loader("start_stage"))


def test_the_charts_of_the_start_page_come_after_its_first_picture():
    assert not [each for each in assets.modules_of("start_stage") if "charts" in each]
    assert "live_charts/live_charts.js" in assets.modules_of("lab_stage")


def test_no_import_of_any_module_is_missed():
    for name, path in assets.sources().items():
        if name.endswith(".js"):
            text = path.read_text(encoding="utf-8")
            assert len(assets._IMPORT.findall(text)) == text.count('.js";'), name


def test_the_loader_is_small_because_every_update_carries_it():
    loaders = {
        path.parent.name: assets._loader(path.parent.name)
        for path in assets.COMPONENTS.glob("*/*.html")
    }
    assert max(len(loader.encode()) for loader in loaders.values()) < 2_500
    assert all("\n" in each for each in loaders.values())  # else Streamlit takes it for a path
