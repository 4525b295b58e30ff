"""Which steps compared runs share: those before a fork, as long as both have kept them."""

from __future__ import annotations

from moeviz.engine.protocol import Origin, RunSummary
from moeviz.records import RunHistory
from moeviz.ui.runs.forks import departures
from moeviz.ui.shared.lab_state import LabState
from tests.snapshots import snapshot

CONFIG = LabState().run_config()


def run(name: str, step: int, created: float, origin: tuple[str, int] | None = None) -> RunSummary:
    came_from = Origin(*origin) if origin else None
    return RunSummary(name, "paused", created, step, ("A", "B"), {}, CONFIG, came_from)


def arms(a: str, b: str | None = None) -> dict[str, RunHistory]:
    """A letter a step: other letters are other losses."""
    return {
        name: RunHistory.of(
            [snapshot(step=i, cross_entropy=ord(x)) for i, x in enumerate(losses, 1)]
        )
        for name, losses in (("A", a), ("B", b or a))
    }


SOURCE, FORK = run("source", 8, 1.0), run("fork", 7, 2.0, ("source", 4))


def test_a_fork_departs_at_its_origin_even_where_it_is_trained_on_alike():
    compared = {"1": FORK, "2": SOURCE}
    for after in ("xyz", "eee"):
        histories = {"1": arms("abcd" + after), "2": arms("abcdeeee")}
        assert departures(compared, [FORK, SOURCE], histories) == {"1": (4, "2")}


def test_strangers_share_nothing_however_alike_they_train():
    twin = run("twin", 8, 2.0)
    histories = {"1": arms("abcdeeee"), "2": arms("abcdeeee")}
    assert departures({"1": twin, "2": SOURCE}, [twin, SOURCE], histories) == {}


def test_forks_of_one_run_depart_from_each_other_also_without_it():
    late = run("late", 7, 3.0, ("source", 6))
    histories = {"1": arms("abcdefx"), "2": arms("abcdxyz")}
    assert departures({"1": late, "2": FORK}, [late, FORK], histories) == {"1": (4, "2")}


def test_a_fork_of_a_fork_departs_from_whom_it_shares_most_with():
    again = run("again", 9, 3.0, ("fork", 6))
    compared = {"1": again, "2": FORK, "3": SOURCE}
    histories = {"1": arms("abcdxyuuu"), "2": arms("abcdxyz"), "3": arms("abcdeeee")}
    found = departures(compared, list(compared.values()), histories)
    assert found == {"1": (6, "2"), "2": (4, "3")}
    early = run("early", 9, 4.0, ("fork", 2))  # and goes on as the source does
    compared["4"], histories["4"] = early, arms("abcdeeeee")
    assert departures(compared, list(compared.values()), histories)["4"][0] == 2
    del histories["2"], compared["2"], histories["4"], compared["4"]
    assert departures(compared, [again, FORK, SOURCE], histories) == {"1": (4, "3")}


def test_what_a_rewound_source_has_trained_anew_is_not_shared():
    histories = {"1": arms("abcdxyz"), "2": arms("abqrstuv")}
    assert departures({"1": FORK, "2": SOURCE}, [FORK, SOURCE], histories) == {"1": (2, "2")}
    histories["2"] = arms("abcdeeee", "aqcdeeee")  # and of the arms the earliest counts
    assert departures({"1": FORK, "2": SOURCE}, [FORK, SOURCE], histories) == {"1": (1, "2")}
    histories["2"] = arms("qbcd")
    assert departures({"1": FORK, "2": SOURCE}, [FORK, SOURCE], histories) == {}
