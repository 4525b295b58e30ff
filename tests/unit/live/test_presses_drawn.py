"""A press is done or refused in words, whatever its fields say; refused, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.config import KNOBS
from moeviz.engine.limits import Limits
from moeviz.engine.local import LocalEngine
from moeviz.live.messages import Press
from moeviz.live.presses import Presses, Refused
from tests.unit.live.conftest import CONFIG, RIGHTS

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", " ", "none", "nan", "-inf", "1e3", "1_000", "２", "0x2", "1e999", "-0"]),
    st.integers(-5, 70).map(str),
    st.floats().map(str),
)
NAMES = st.one_of(st.sampled_from(sorted(KNOBS)), st.text(max_size=8))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """One for all examples: nothing here begins a run."""
    folder: Path = tmp_path_factory.mktemp("presses")
    made = LocalEngine(
        "tests.fakes:CountingTrainer",
        limits=Limits(prepared_runs_per_owner=1000),
        directory=folder,
        housekeeping=False,
    )
    yield made
    made.shutdown()


def pressed(engine: LocalEngine, run: str, act: str, **fields: object) -> Press:
    values = {"knobs": {}, "arms": (), "step": 0, "until": "", **fields}
    return Press(1, RIGHTS.token(run, "control"), act, **values)  # type: ignore[arg-type]


def refusal(engine: LocalEngine, press: Press) -> Refused | None:
    """Why the press is refused; any other exception fails the test."""
    try:
        Presses(engine, RIGHTS).do(press)
    except Refused as error:
        return error
    return None


def in_words(error: Refused) -> bool:
    words = str(error)
    return words[:1].isupper() and words.endswith(".") and not words.endswith("..")


@given(st.sampled_from(["set", "renew"]), st.dictionaries(NAMES, TEXTS, max_size=3))
def test_any_knobs_are_taken_or_refused_as_a_whole(engine, act, knobs):
    run = engine.prepare(CONFIG, "me")
    error = refusal(engine, pressed(engine, run, act, knobs=knobs))
    if error is None:
        taken = {name: KNOBS[name].parse(text) for name, text in knobs.items()}
        if act == "set":
            for arm in engine.latest(run).config.arms:
                assert taken.items() <= arm.knobs.items()
    else:
        assert in_words(error)
        assert error.knob
        assert engine.latest(run).config == CONFIG
    engine.delete(run)


@given(
    st.text(max_size=12) | st.sampled_from(["step:0", "step:nan", "loss:inf", "loss:", "step:-1"])
)
def test_any_other_end_than_those_of_the_address_is_refused(engine, until):
    run = engine.prepare(CONFIG, "me")
    kind, _, value = until.partition(":")
    if kind in ("", "collapsed") or (kind == "loss" and value == ""):
        return
    error = refusal(engine, pressed(engine, run, "start", until=until))
    assert error is not None
    assert in_words(error)
    assert engine.latest(run).state == "paused"


@pytest.mark.parametrize("act", ["rewind", "fork"])
def test_only_a_kept_step_can_be_gone_back_to(engine, act):
    run = engine.prepare(CONFIG, "me")
    error = refusal(engine, pressed(engine, run, act, step=40))
    assert str(error) == "Step 40 has no checkpoint; steps with a checkpoint: none."


def test_an_unknown_arm_is_refused(engine):
    run = engine.prepare(CONFIG, "me")
    error = refusal(engine, pressed(engine, run, "set", knobs={"top_k": "2"}, arms=("C",)))
    assert str(error) == "Model must be one of A, B, got 'C'."


@pytest.mark.parametrize(
    "act", ["set", "start", "pause", "step", "reset", "rewind", "fork", "renew"]
)
def test_no_act_is_allowed_to_whoever_may_only_watch_or_knows_no_run(engine, act):
    run = engine.prepare(CONFIG, "me")
    for token, words in (
        (RIGHTS.token(run, "watch"), "control link"),
        ("forged", "does not accept the page's access"),
        (RIGHTS.token("no-such-run", "control"), "is not a run."),
    ):
        error = refusal(engine, Press(1, token, act, {}, (), 0, ""))
        assert error is not None
        assert words in str(error)
    assert engine.latest(run).state == "paused"
    assert engine.latest(run).step == 0
