"""What the browser loads has names that follow the content, and components that find them."""

from __future__ import annotations

import importlib.metadata

import pytest

from moeviz.ui.components import assets


@pytest.fixture(autouse=True)
def fresh_hash():
    assets.files.cache_clear()
    assets.folder.cache_clear()
    yield
    assets.files.cache_clear()
    assets.folder.cache_clear()


def test_every_source_and_plotly_are_served():
    sources = list(assets.COMPONENTS.glob("*/*.[jc]s*"))
    assert len(sources) > 30
    assert set(sources) < set(assets.files().values())
    version = importlib.metadata.version("plotly")
    plotly = assets.files()[f"plotly-{version}.min.js"]
    assert "plotly.js v" in plotly.read_text(encoding="utf-8")[:200]


def test_nothing_but_what_a_browser_runs_is_served():
    assert {path.suffix for path in assets.files().values()} == {".js", ".css"}


def test_another_content_has_another_address(tmp_path, monkeypatch):
    before = assets.folder()
    changed = tmp_path / "load_bars"
    changed.mkdir()
    (changed / "load_bars.js").write_text("export default () => {};\n")
    monkeypatch.setattr(assets, "COMPONENTS", tmp_path)
    assets.files.cache_clear()
    assets.folder.cache_clear()
    assert assets.folder() != before


def test_the_loader_is_small_because_every_update_carries_it():
    loader = assets._LOADER.format(folder=assets.folder(), name="browser_identity")
    assert len(loader.encode()) < 300
    assert "\n" in loader  # Streamlit takes a single line with a slash for a path
