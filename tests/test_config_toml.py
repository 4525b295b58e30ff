"""Streamlit's settings, each of which was measured to matter."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import streamlit.config

from moeviz.accounting.config_text import MAX_BYTES
from moeviz.config import MAX_USER_TEXT_CHARACTERS
from moeviz.figures.theme.palette import CATEGORICAL, contrast
from moeviz.ui.cost.your_config import MOST_PASTED

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server.address", "127.0.0.1"),
        ("server.fileWatcherType", "none"),
        ("server.showEmailPrompt", False),
        ("server.maxUploadSize", 8),
        ("server.maxMessageSize", 8),
        ("server.allowedHosts", ["localhost", "127.0.0.1"]),
        ("global.disableWidgetStateDuplicationWarning", True),
        ("runner.postScriptGC", False),
        ("client.showErrorDetails", "none"),
        ("client.showErrorLinks", False),
        ("client.toolbarMode", "viewer"),
        ("browser.gatherUsageStats", False),
    ],
)
def test_a_setting_has_the_value_that_was_measured_and_streamlit_knows_it(option, value):
    section, name = option.split(".")
    assert SETTINGS[section][name] == value
    assert option in streamlit.config._config_options_template


def test_what_is_too_large_for_the_app_can_still_be_refused_in_its_words():
    taken = max(MAX_BYTES, 4 * MAX_USER_TEXT_CHARACTERS)
    assert taken < SETTINGS["server"]["maxUploadSize"] * 2**20


def test_what_is_pasted_fits_into_a_message_with_room_for_the_pages_other_values():
    assert SETTINGS["server"]["maxMessageSize"] * 1_000_000 - 100_000 >= MOST_PASTED


def test_every_setting_is_explained_in_place():
    lines = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8").splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if re.match(r"\w+ =", line):
            assert before.startswith("#") or " # " in line, line


def test_nothing_is_set_that_no_test_holds():
    assert set(SETTINGS) == {"server", "global", "runner", "client", "browser", "theme"}
    assert set(SETTINGS["server"]) == {
        "address", "fileWatcherType", "showEmailPrompt", "maxUploadSize", "maxMessageSize",
        "allowedHosts",
    }  # fmt: skip
    assert set(SETTINGS["theme"]) == {"chartCategoricalColors", "light", "dark"}


def test_the_charts_have_the_experts_ten_colours():
    colours = SETTINGS["theme"]["chartCategoricalColors"]
    assert colours == list(CATEGORICAL)
    assert len(set(colours)) == 10


@pytest.mark.parametrize(("theme", "page"), [("light", "#FFFFFF"), ("dark", "#0E1117")])
def test_the_accent_can_be_read_on_its_page(theme, page):
    """WCAG 2 asks for 4.5 with small text."""
    assert contrast(SETTINGS["theme"][theme]["primaryColor"].upper(), page) >= 4.5
