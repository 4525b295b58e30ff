"""A token gives one right to one run, on the server that signed it, also after a restart."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.live.rights import Forbidden, Right, Rights, _secret

ROOT = Path(__file__).parents[3]
RIGHTS = Rights(b"a" * 32)


@pytest.mark.parametrize("kind", ["control", "watch"])
def test_a_token_gives_the_right_that_it_was_made_for(kind):
    assert RIGHTS.right(RIGHTS.token("run-1", kind)) == Right("run-1", kind)


def test_only_a_control_token_controls():
    RIGHTS.right(RIGHTS.token("run-1", "control")).check_control()
    with pytest.raises(Forbidden, match="control link"):
        RIGHTS.right(RIGHTS.token("run-1", "watch")).check_control()


@given(st.text())
def test_any_other_text_is_forbidden(text):
    with pytest.raises(Forbidden, match="Reload"):
        RIGHTS.right(text)


@given(st.integers(0, 10_000), st.characters())
def test_a_token_with_another_character_is_forbidden_or_gives_the_same(place, character):
    """The last character of base64 may differ in bits that it does not use."""
    token = RIGHTS.token("run-1", "watch")
    at = place % len(token)
    try:
        right = RIGHTS.right(token[:at] + character + token[at + 1 :])
    except Forbidden:
        return
    assert right == Right("run-1", "watch")


def test_another_servers_token_is_forbidden():
    with pytest.raises(Forbidden):
        RIGHTS.right(Rights(b"b" * 32).token("run-1", "control"))


def test_the_secret_is_kept_for_the_server_alone_to_read(tmp_path):
    path = tmp_path / "data" / "secret"
    made = _secret(path)
    assert len(made) == 32
    assert path.read_bytes() == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert _secret(path) == made
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree(tmp_path):
    code = (
        "import sys; from pathlib import Path; from moeviz.live.rights import _secret; "
        "sys.stdin.read(1); print(_secret(Path(sys.argv[1])).hex())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "secret")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("x")
        process.stdin.flush()
    said = {process.communicate(timeout=60)[0] for process in started}
    assert said == {(tmp_path / "secret").read_bytes().hex() + "\n"}


def test_two_servers_never_see_half_a_secret(tmp_path, monkeypatch):
    """The second starts at the worst moment: while the first one writes."""
    path, seen = tmp_path / "secret", []
    fdopen = os.fdopen

    def starts_meanwhile(descriptor, mode):
        monkeypatch.setattr(os, "fdopen", fdopen)
        seen.append(_secret(path))
        return fdopen(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", starts_meanwhile)
    assert _secret(path) == seen[0] == path.read_bytes()


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_file_that_is_no_secret_is_replaced(tmp_path, content):
    path = tmp_path / "secret"
    path.write_bytes(content)
    made = _secret(path)
    assert (len(made), path.read_bytes()) == (32, made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _secret(path) == made


def test_where_nothing_can_be_kept_a_secret_lasts_as_long_as_the_process(tmp_path):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "taken").mkdir()
    for path in (tmp_path / "file" / "secret", tmp_path / "taken"):
        one, other = _secret(path), _secret(path)
        assert len(one) == len(other) == 32
        assert one != other
