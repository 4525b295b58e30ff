"""When a run is to pause, as text: what is taken, and what is refused in words."""

from __future__ import annotations

import pytest

from moeviz.config import ConfigError
from moeviz.engine.protocol import Until
from moeviz.engine.until import LAST_STEP, UNTIL_KNOBS, parse_until


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("", None),
        ("step:300", Until("step", 300)),
        (f"step:{LAST_STEP}", Until("step", LAST_STEP)),
        ("loss:2.5", Until("loss", 2.5)),
        ("loss:0", Until("loss", 0.0)),
        ("step:300:20", Until("step", 300, keep_every=20)),
        ("loss:2.5:1", Until("loss", 2.5, keep_every=1)),
        ("collapsed::1000", Until("collapsed", keep_every=1000)),
        ("collapsed", Until("collapsed")),
    ],
)
def test_a_condition_is_read(text, until):
    assert parse_until(text) == until


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("step:0", "until_step must be a whole number from 1 to 20,000, got 0"),
        ("step:2.5", "until_step must be a whole number from 1 to 20,000, got '2.5'"),
        ("step:1e3", "until_step must be a whole number from 1 to 20,000, got '1e3'"),
        ("step:", "until_step must be a whole number from 1 to 20,000, got ''"),
        ("loss:-1", "until_loss must be a number from 0 to 20, got -1"),
        ("loss:nan", "until_loss must be a number from 0 to 20, got 'nan'"),
        ("loss", "until_loss must be a number from 0 to 20, got ''"),
        ("step:300:0", "keep_every must be a whole number from 1 to 1,000, got 0"),
        ("step:300:1001", "keep_every must be a whole number from 1 to 1,000, got 1001"),
        ("step:300:", "keep_every must be a whole number from 1 to 1,000, got ''"),
        ("step:300:20:9", "keep_every must be a whole number from 1 to 1,000, got '20:9'"),
        ("step::20", "until_step must be a whole number from 1 to 20,000, got ''"),
        ("collapsed:5", "until must be like step:300, loss:2.5 or collapsed, got 'collapsed:5'"),
        ("never", "until must be like step:300, loss:2.5 or collapsed, got 'never'"),
    ],
)
def test_a_condition_that_cannot_be_is_refused_with_what_is_wanted(text, words):
    with pytest.raises(ConfigError) as refused:
        parse_until(text)
    assert str(refused.value) == words


def test_what_is_offered_first_is_a_condition():
    for kind, knob in UNTIL_KNOBS.items():
        assert parse_until(f"{kind}:{knob.format(knob.default)}") == Until(kind, knob.default)
