"""What crosses to a worker is named by a table of our own: hot reloads replace `sys.modules`."""

from __future__ import annotations

import pkgutil
import socket
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from moeviz import config, records, traces
from moeviz.engine import messages, protocol
from moeviz.engine.wire import Line
from tests.made_up_traces import made_up_trace

TRACES = [
    import_module(f"moeviz.traces.{each.name}") for each in pkgutil.iter_modules(traces.__path__)
]
CLASSES = [
    each
    for module in (config, records, *TRACES, protocol, messages)
    for each in vars(module).values()
    if isinstance(each, type) and each.__module__ == module.__name__
]


@pytest.fixture
def ends() -> Iterator[tuple[Line[Any, Any], Line[Any, Any]]]:
    """Both ends of a connection."""
    here, there = socket.socketpair()
    lines: tuple[Line[Any, Any], Line[Any, Any]] = Line(here.detach()), Line(there.detach())
    yield lines
    for line in lines:
        line.close()


@pytest.mark.parametrize("sent", CLASSES, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_every_class_of_a_message_crosses_after_a_reload(sent: type, ends, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, sent.__module__, ModuleType(sent.__module__))
    here, there = ends
    here.send(sent)
    assert there.recv() is sent


def test_questions_and_answers_are_among_them() -> None:
    assert {traces.TraceQuestion, traces.BatchRouting, traces.ConventionValues} <= {*CLASSES}
    assert {traces.DistinctExperts, traces.Question} <= {*CLASSES}


def test_an_answer_arrives_as_it_was_sent(ends) -> None:
    here, there = ends
    sent = made_up_trace(n_tokens=4)
    here.send(sent)
    arrived = there.recv()
    assert type(arrived) is traces.RoutingTrace
    assert arrived.tokens == sent.tokens
    np.testing.assert_array_equal(arrived.layers[0].gate_weights, sent.layers[0].gate_weights)
