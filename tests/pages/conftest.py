"""The app as AppTest runs it: on an engine with a worker, or on one in the test's own hands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from moeviz.engine.local import LocalEngine
from tests.pages.hand_engine import HandEngine
from tests.pages.visit import Tab


@pytest.fixture(scope="session", autouse=True)
def one_server() -> Iterator[None]:
    """All tabs read the installed packages' metadata and compile the scripts once, as on a server.

    AppTest does both anew for each tab, and the second for each run of the script.
    """
    compiled = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        found = manifest_scanner.scan_component_manifests()
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: compiled)
        yield


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[LocalEngine]:
    made = LocalEngine("tests.fakes:CountingTrainer", directory=tmp_path)
    before = getattr(sys, "_moeviz_engine", None)
    sys._moeviz_engine = made
    yield made
    sys._moeviz_engine = before
    made.shutdown()


@pytest.fixture
def said(monkeypatch) -> list[str]:
    """Who the browser's cookie says it is: the last of these; none for one without a cookie."""
    names = ["me"]
    monkeypatch.setattr(
        "moeviz.ui.shared.session.browsers_name", lambda: names[-1] if names else None
    )
    return names


@pytest.fixture
def app(engine: LocalEngine, said: list[str]) -> AppTest:
    return opened()


def opened() -> Tab:
    """A tab at the app."""
    st.cache_resource.clear()
    st.cache_data.clear()
    return Tab()


@pytest.fixture
def hand() -> Iterator[HandEngine]:
    """An engine without workers: it trains when the test says so."""
    made = HandEngine()
    before = getattr(sys, "_moeviz_engine", None)
    sys._moeviz_engine = made
    yield made
    sys._moeviz_engine = before


@pytest.fixture
def page(hand: HandEngine, said: list[str]) -> AppTest:
    """The app on `hand`, visited by "me"."""
    return opened()


@pytest.fixture
def other(page: AppTest) -> AppTest:
    """Another tab of the same browser."""
    return Tab()
