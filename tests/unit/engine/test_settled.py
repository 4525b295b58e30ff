"""Every change of knobs keeps its own answer, however many are settled alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moeviz.engine.settled import Settled


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3))))
def test_each_ticket_has_the_step_that_it_was_settled_with(groups) -> None:
    """`groups`: the number of tickets that are settled at once, and the step."""
    settled, expected = Settled(), list[int]()
    for number, step in groups:
        expected += [step] * number
        settled = settled.up_to(len(expected), step)
    assert [settled.first_step(ticket + 1) for ticket in range(len(expected))] == expected
    assert settled.newest == len(expected)
    assert settled.first_step(len(expected) + 1) is None


def test_what_is_settled_alike_takes_no_room() -> None:
    settled = Settled()
    for ticket in range(1, 1000):
        settled = settled.up_to(ticket, 7 + ticket // 500)
    assert settled.entries == ((499, 7), (999, 8))
