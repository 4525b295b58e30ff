"""How a test visits a page and reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.testing.v1 import AppTest

from moeviz.ui.shared.lesson import PICTURE_DRAWN

APP = Path(__file__).parents[2] / "moeviz" / "ui" / "main.py"

DOOR = "model"
"""The one popover of the lab whose insides are drawn only while it is open."""

MODELS_AND_DATA = "Models and data"
"""Its label."""


class Tab(AppTest):
    """A tab at the app; AppTest finds its number fields as it finds Streamlit's."""

    def __init__(self) -> None:
        super().__init__(APP, default_timeout=30)
        self._completed = ""
        self.session_state[PICTURE_DRAWN] = True  # as a browser says after its first picture

    def _run(self, *given: Any, **more: Any) -> AppTest:
        """Run the script, and let the browser correct the address in place as the page says."""
        super()._run(*given, **more)
        told = [
            json.loads(each.proto.json)[0]
            for each in self.get("bidi_component")
            if each.proto.component_name.endswith("address_bar")
        ]
        for bar in told:
            asked = {name: texts[-1] for name, texts in bar["was"].items()}
            if address(self) == asked and self._completed != bar["number"]:
                self.query_params.clear()
                self.query_params.update(bar["parameters"])
            self._completed = bar["number"]
        return self

    @property
    def number_input(self) -> NumberFields:
        """All number fields of the page: to be walked, or one by its key."""
        return NumberFields(self)


class NumberFields:
    """The number fields of a page as it is now."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def __iter__(self) -> Iterator[NumberField]:
        for each in self._tab.get("bidi_component"):
            if each.proto.component_name.endswith("number_field"):
                yield NumberField(self._tab, each.proto)

    def __call__(self, key: str) -> NumberField:
        (found,) = [each for each in self if each.key == key]
        return found


class NumberField:
    """One of them as the browser gets it.

    Attributes:
        seq: the last entry that the page knows. refusal: why it was refused, or "".
    """

    def __init__(self, tab: Tab, proto: Any) -> None:
        self._tab, self.proto = tab, proto
        (data,) = json.loads(proto.json)
        self.knob: dict[str, Any] = data["knob"]
        self.label, self.help = self.knob["label"], self.knob["help"]
        self.text, self.refusal, self.disabled = data["value"], data["refusal"], data["disabled"]
        self.seq = data["seq"]

    @property
    def key(self) -> str | None:
        return user_key_from_element_id(self.proto.id)

    @property
    def value(self) -> Any:
        """What the field shows."""
        if self.text == "none":
            return None
        return int(self.text) if self.knob["kind"] == "int" else float(self.text)

    def set_value(self, value: Any) -> NumberField:
        """Enter a value; unlike a browser, this one sends whatever it is."""
        self.text = "none" if value is None else str(value)
        return self

    def run(self) -> None:
        """Run the page as the browser's entry makes it run, callbacks included."""
        state = WidgetState(id=self.proto.id)
        state.json_value = json.dumps({"entry": {"text": self.text, "seq": self.seq + 1}})
        states = self._tab._tree.get_widget_states()
        states.widgets.append(state)
        self._tab._run(states)


def key_of(element: Any) -> str | None:
    """The key of a widget, a component's included."""
    key: str | None = getattr(element, "key", None)
    return key or user_key_from_element_id(getattr(getattr(element, "proto", None), "id", ""))


def visit(app: AppTest, page: str, **query: str) -> AppTest:
    """Open the page with these parameters; fails when the page shows an exception."""
    app.run()
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(page).run()
    assert not app.exception
    return app


def open_doors(app: AppTest, *keys: str) -> None:
    """Open popovers whose insides are drawn only then; AppTest knows no click for them."""
    for key in keys:
        app.session_state[key] = True
    app.run()
    assert not app.exception


def visit_with_open_doors(app: AppTest, page: str, **query: str) -> AppTest:
    """Open the lab with these parameters and its door."""
    visit(app, page, **query)
    open_doors(app, DOOR)
    return app


def press(app: AppTest, *keys: str) -> None:
    """Press buttons one after the other; fails when the page shows an exception."""
    for key in keys:
        app.button(key).click().run()
        assert not app.exception


def enter(app: AppTest, key: str, value: Any) -> None:
    """Give a widget a value; fails when the page shows an exception."""
    kinds = (app.number_input, app.selectbox, app.toggle, app.multiselect)
    widgets = {each.key: each for kind in kinds for each in kind}
    widgets[key].set_value(value).run()
    assert not app.exception


def select_runs(app: AppTest, *rows: int) -> None:
    """Tick these rows of the list of runs, and no other; AppTest knows no click for them."""
    (table,) = app.dataframe
    states = app._tree.get_widget_states()
    selection = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    states.widgets.add(id=table.proto.id, string_value=json.dumps(selection))
    app._run(states)
    assert not app.exception


def words_behind(app: AppTest, door: str) -> str:
    """What is said in text and errors behind the open door of this label."""
    (inside,) = [each for each in app.get("popover") if each.proto.popover.label == door]
    return "\n".join(each.value for each in (*inside.get("text"), *inside.get("error")))


def words(app: AppTest) -> str:
    """Everything that the page says in text, Markdown, warnings and errors."""
    return "\n".join(each.value for each in (*app.text, *app.markdown, *app.warning, *app.error))


def address(app: AppTest) -> dict[str, str]:
    """The page's parameters. AppTest keeps a list for what a test set, bare text for the rest."""
    return {
        name: value if isinstance(value, str) else value[-1]
        for name, value in app.query_params.items()
    }
