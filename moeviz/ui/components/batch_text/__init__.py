"""Sequences of a batch as text, with dropped tokens struck through. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("batch_text")


def batch_text(
    sequences: Sequence[Mapping[str, Any]],
    *,
    key: str,
    colour: str,
    caption: str,
    picked: int | None = None,
    on_pick: Callable[[], None] | None = None,
) -> int | None:
    """Draw the sequences; return the token just picked, by its place in the batch, or None.

    It is reported until it is drawn as picked; −1 lets go of the one that is.

    Args:
        sequences: `{title, said, first, tokens, states}`: `first` is the place in the batch of the
            first token; a state is 0 (kept), 1 (partly dropped) or 2 (dropped).
        colour: of what was dropped.
        picked: the token that is marked.
        on_pick: called before the rerun that a click causes.
    """
    result = _mount(
        key=key,
        data={
            "sequences": [dict(each) for each in sequences],
            "colour": colour,
            "caption": caption,
            "picked": picked,
        },
        on_token_change=on_pick or _nothing,
    )
    token: int | None = result.token
    return token


def _nothing() -> None:
    """A trigger is reported only where a callback is registered."""
