"""How a test visits a page and reads it."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

DOOR = "model"
"""The one popover of the lab whose insides are drawn only while it is open."""

MODELS_AND_DATA = "Models and data"
"""Its label."""


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
    app.session_state[table.key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    app.run()
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
