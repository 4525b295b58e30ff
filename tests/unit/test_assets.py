"""What the browser loads is published whole, once, under names that follow the content."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from moeviz.figures.palette import CATEGORICAL
from moeviz.ui import assets

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


@pytest.fixture(autouse=True)
def fresh_hash():
    assets.folder.cache_clear()
    yield
    assets.folder.cache_clear()


def test_every_source_and_plotly_are_published_byte_for_byte(tmp_path):
    assets.publish(tmp_path)
    published = tmp_path / assets.folder()
    sources = list(assets.COMPONENTS.glob("*/*.[jc]s*"))
    for source in sources:
        kept = published / source.relative_to(assets.COMPONENTS)
        assert kept.read_bytes() == source.read_bytes()
    assert len([path for path in published.rglob("*") if path.is_file()]) == len(sources)
    version = importlib.metadata.version("plotly")
    start = (tmp_path / f"plotly-{version}.min.js").read_text(encoding="utf-8")[:200]
    assert "plotly.js v" in start


def test_what_a_published_source_asks_for_is_published_where_it_looks(tmp_path):
    assets.publish(tmp_path)
    asked = 0
    for source in (tmp_path / assets.folder()).glob("*/*.js"):
        text = source.read_text(encoding="utf-8")
        imports = re.findall(r'^(?:import|export|\}) .*?from "(.+?)";', text, re.MULTILINE)
        addresses = re.findall(r'new URL\("(.+?)", import\.meta\.url\)', text)
        assert text.count(' from "') == len(imports)
        for each in [*imports, *addresses]:
            assert (source.parent / each).is_file(), f"{source.name} asks for {each}"
        asked += len(imports) + len(addresses)
    assert asked > 30


def test_plotly_lies_where_its_loader_looks(tmp_path):
    assets.publish(tmp_path)
    loader = tmp_path / assets.folder() / "shared" / "plotly.js"
    text = loader.read_text(encoding="utf-8")
    [address] = re.findall(r"new URL\(`(.+?)`, import\.meta\.url\)", text)
    asked = loader.parent / address.replace("${file}", assets.plotly_file())
    assert asked.resolve() == (tmp_path / assets.plotly_file()).resolve()
    assert asked.is_file()


def test_a_source_in_another_folder_has_another_address(tmp_path, monkeypatch):
    folders = []
    for name in ("one", "other"):
        place = tmp_path / name / name
        place.mkdir(parents=True)
        (place / "same.js").write_text("export default () => {};\n")
        monkeypatch.setattr(assets, "COMPONENTS", tmp_path / name)
        assets.folder.cache_clear()
        folders.append(assets.folder())
    assert folders[0] != folders[1]


def test_what_is_published_is_not_written_again(tmp_path):
    assets.publish(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    assets.publish(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before


def test_servers_that_publish_at_once_leave_whole_files_and_nothing_else(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: assets.publish(tmp_path), range(8)))
    test_every_source_and_plotly_are_published_byte_for_byte(tmp_path)
    assert [path.name for path in tmp_path.rglob(".publishing-*")] == []


def test_another_content_has_another_address(tmp_path, monkeypatch):
    before = assets.folder()
    changed = tmp_path / "load_bars"
    changed.mkdir()
    (changed / "load_bars.js").write_text("export default () => {};\n")
    monkeypatch.setattr(assets, "COMPONENTS", tmp_path)
    assets.folder.cache_clear()
    assert assets.folder() != before


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    occupied = tmp_path / "static"
    occupied.write_text("a file where a folder should be")
    with pytest.raises(assets.AssetsNotPublished, match=re.escape(str(occupied))):
        assets.publish(occupied)


def test_the_loader_is_small_because_every_update_carries_it():
    loader = assets._LOADER.format(folder=assets.folder(), name="browser_identity")
    assert len(loader.encode()) < 300
    assert "\n" in loader  # Streamlit takes a single line with a slash for a path


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        ("server", "address", "127.0.0.1"),
        ("server", "fileWatcherType", "none"),
        ("server", "enableStaticServing", True),
        ("server", "maxUploadSize", 1),
        ("server", "allowedHosts", ["localhost", "127.0.0.1"]),
        ("runner", "postScriptGC", False),
        ("client", "showErrorDetails", "none"),
        ("client", "showErrorLinks", False),
        ("client", "toolbarMode", "viewer"),
        ("browser", "gatherUsageStats", False),
        ("theme", "chartCategoricalColors", list(CATEGORICAL)),
    ],
)
def test_streamlit_is_configured_for_a_live_panel_and_strangers(section, option, value):
    assert tomllib.loads(CONFIG.read_text(encoding="utf-8"))[section][option] == value
