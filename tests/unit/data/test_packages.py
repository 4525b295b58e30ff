"""Text is read from the pinned packages alone, and any other is refused by name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

import pytest

from moeviz.data import packages
from moeviz.data.packages import PackageError, read_files
from moeviz.data.sources import PACKAGES, SOURCES
from tests.shown import ROOT

FRENCH = SOURCES["french"].files[:1]


class Installed(Distribution):
    """An installed package of some version, with its files in a folder."""

    def __init__(self, version: str, folder: Path) -> None:
        self._version, self._folder = version, folder

    def read_text(self, filename: str) -> str | None:
        return f"Name: x\nVersion: {self._version}\n" if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return self._folder / str(path)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    packages._pinned.cache_clear()
    yield
    packages._pinned.cache_clear()


def refusal(monkeypatch: pytest.MonkeyPatch, found: Installed | None) -> str:
    """What is said when this is what is installed."""

    def distribution(name: str) -> Installed:
        if found is None:
            raise PackageNotFoundError(name)
        return found

    monkeypatch.setattr(packages, "distribution", distribution)
    with pytest.raises(PackageError) as refused:
        read_files(FRENCH)
    return str(refused.value)


def test_every_package_is_the_one_that_the_requirements_pin() -> None:
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {f"{package.name}=={package.version}" for package in PACKAGES} <= set(pins)


def test_every_file_is_read_from_its_package() -> None:
    for source in SOURCES.values():
        assert all(read_files(source.files))


def test_a_missing_package_is_refused_with_the_version_that_is_needed(monkeypatch) -> None:
    words = refusal(monkeypatch, None)
    assert "jupyterlab-language-pack-fr-fr==4.5.post3, found none" in words
    assert "pip install jupyterlab-language-pack-fr-fr==4.5.post3" in words


@pytest.mark.parametrize("version", ["4.5.post2", "4.5", "4.5.post30"])
def test_another_version_is_refused_with_both(version: str, monkeypatch, tmp_path: Path) -> None:
    words = refusal(monkeypatch, Installed(version, tmp_path))
    assert f"jupyterlab-language-pack-fr-fr==4.5.post3, found {version}." in words


def test_a_damaged_package_is_refused_with_the_file(monkeypatch, tmp_path: Path) -> None:
    words = refusal(monkeypatch, Installed("4.5.post3", tmp_path))
    assert f"found 4.5.post3 without a readable {FRENCH[0]}" in words


def test_a_build_of_the_pinned_version_is_read(monkeypatch, tmp_path: Path) -> None:
    file = tmp_path / FRENCH[0]
    file.parent.mkdir(parents=True)
    file.write_bytes(b"{}\r\n")
    installed = Installed("4.5.post3+cpu", tmp_path)
    monkeypatch.setattr(packages, "distribution", lambda name: installed)
    assert read_files(FRENCH) == ["{}\n"]


def test_reading_all_texts_imports_no_package_that_is_read() -> None:
    code = (
        "import sys; from moeviz.data.texts import domain_texts; domain_texts();"
        "print({'torch', 'streamlit', 'starlette', 'uvicorn', 'anyio',"
        " 'jupyterlab_language_pack_fr_FR'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
