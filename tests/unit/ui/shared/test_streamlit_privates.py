"""What `session_state.py` uses of Streamlit's inside: a release without it is named here."""

from __future__ import annotations

import ast
import weakref
from pathlib import Path

import pytest
import streamlit
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from moeviz.ui.shared import session_state

BACK_OR_FORWARD = "is_history_navigation"


def _taken() -> set[str]:
    """Every attribute that the module reads of the context of a run of the script."""
    tree = ast.parse(Path(session_state.__file__).read_text(encoding="utf-8"))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "_context()"
    }


def _without(name: str) -> str:
    return f"Streamlit {streamlit.__version__} has no {name}: session_state.py needs another way"


def test_the_module_is_read_rightly() -> None:
    assert {"fragment_storage", BACK_OR_FORWARD, "fragment_ids_this_run"} <= _taken()


@pytest.mark.parametrize("name", sorted(_taken()))
def test_streamlit_gives_a_run_of_the_script_what_the_session_reads(name: str) -> None:
    given = set(ScriptRunContext.__dataclass_fields__) | set(dir(ScriptRunContext))
    assert name in given, _without(f"ScriptRunContext.{name}")


def test_the_browser_says_when_it_goes_back_or_forward() -> None:
    said = {field.name for field in ClientState.DESCRIPTOR.fields}
    assert BACK_OR_FORWARD in said, _without(f"ClientState.{BACK_OR_FORWARD}")


def test_a_sessions_fragments_can_name_it() -> None:
    """A session is found by them, and must end with them."""
    one, other = MemoryFragmentStorage(), MemoryFragmentStorage()
    sessions = weakref.WeakKeyDictionary({one: "one", other: "other"})
    assert (sessions[one], sessions[other]) == ("one", "other"), _without("fragments by identity")
