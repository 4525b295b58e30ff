"""What a page hands to its components, and what these report: by hand, for no browser is there."""

from __future__ import annotations

import json
from typing import Any

from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from streamlit.testing.v1 import AppTest

from moeviz.engine.protocol import Engine
from moeviz.live.messages import Press
from moeviz.live.presses import Presses
from moeviz.live.rights import rights


def data_of(app: AppTest, name: str) -> list[dict[str, Any]]:
    """What the components of that name were given, in the order of the page."""
    found = [each.proto for each in app.get("bidi_component")]
    return [json.loads(p.json)[0] for p in found if p.component_name.endswith(name)]


def report(app: AppTest, key: str, **events: Any) -> None:
    """Let the component with this key report events, as the browser would: its callbacks run.

    The whole page is run, whatever fragment the component stands in.
    """
    (mounted,) = (
        p for each in app.get("bidi_component") if (p := each.proto).id.endswith(f"-{key}")
    )
    states = app._tree.get_widget_states()  # AppTest knows no component that reports
    told = [{"event": event, "value": value} for event, value in events.items()]
    states.widgets.add(
        id=f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{mounted.id}__events",
        json_trigger_value=json.dumps(told),
    )
    app._run(states)
    assert not app.exception


def start_new(app: AppTest, until: str = "never") -> None:
    """Press *Start the new run* where the browser's address says this limit."""
    report(app, "do_new", start=until)


def press_by_channel(
    engine: Engine, run: dict[str, Any], act: str, until: str = "", seq: int = 1
) -> None:
    """Press what a component's button presses, with the right that the page has given it."""
    press = Press(seq, run["token"], act, {}, (), 0, until)  # type: ignore[arg-type]
    Presses(engine, rights()).do(press)
