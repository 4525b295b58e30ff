"""A number of a page, in a field that speaks the knob's own parser. Decides nothing."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moeviz.config import Knob
from moeviz.ui.components import assets
from moeviz.ui.shared.refusals import LABELS, by_label
from moeviz.ui.shared.session_state import Refused, action, entered, here, report

_mount = assets.component("number_field")

_SESSION = "number_fields"


@dataclass(slots=True)
class _Heard:
    """The last entry of a field.

    Attributes:
        seq: its number. refusal: why it was refused, or "", while the field shows what it did then.
        shown: what the field showed at the first drawing after it, in a tuple; () before that.
    """

    seq: int = 0
    refusal: str = ""
    shown: tuple[Any, ...] = ()

    def refusal_beside(self, value: Any) -> str:
        """Another value than the one that stayed ends the refusal."""
        self.shown = self.shown or (value,)
        if self.shown != (value,):
            self.refusal = ""
        return self.refusal


def number_field(
    knob: Knob,
    value: Any,
    take: Callable[[Any], None],
    *,
    key: str,
    disabled: bool = False,
    width: Any = "stretch",
    labels: Mapping[str, str] = LABELS,
    **words: Any,
) -> None:
    """Show the value of a knob; `take` gets each value that is entered.

    A text that the knob does not parse is refused in the browser and stays in the field. What
    `take` refuses is reported for the page, and said at the field too until the value changes.

    Args:
        labels: what controls call the fields that a refusal names.
        words: `label`, `help` and `from_none` of `described`.
    """
    heard: _Heard = here().kept.setdefault(f"number_field_{key}", _Heard())

    @action
    def hear() -> None:
        text, seq = _entry((entered(key) or {}).get("entry"))
        if seq <= heard.seq:
            return
        refusal = ""
        try:
            take(knob.parse(text))
        except Refused as error:
            report(error, at=key)
            refusal = by_label(error, labels)
        heard.seq, heard.refusal, heard.shown = seq, refusal, ()

    _mount(
        key=key,
        width=width,
        on_entry_change=hear,
        data={
            "knob": described(knob, **words),
            "value": knob.format(value),
            "refusal": heard.refusal_beside(value),
            "disabled": disabled,
            "session": here().kept.setdefault(_SESSION, secrets.token_hex(4)),
            "seq": heard.seq,
        },
    )


def described(
    knob: Knob, label: str = "", help: str = "", from_none: float | None = None
) -> dict[str, Any]:
    """A number's knob for `numberInput` of `shared/knob_input.js`: plain data.

    Args:
        label, from_none: instead of the knob's own. help: in full, bounds included.
    """
    return {
        "name": knob.name,
        "label": label or knob.label,
        "called": label or knob.label,
        "kind": knob.kind,
        "low": knob.low if math.isfinite(knob.low) else None,
        "high": knob.high if math.isfinite(knob.high) else None,
        "multipleOf": knob.multiple_of,
        "steps": knob.steps,
        "step": knob.step,
        "noneMeans": knob.none_means,
        "fromNone": knob.from_none if from_none is None else from_none,
        "bound": knob.bound,
        "help": help or knob.tooltip,
    }


def _entry(said: Any) -> tuple[str, int]:
    """Text and number of an entry; ("", 0) for anything else that a browser may say."""
    if not isinstance(said, dict):
        return "", 0
    text, seq = said.get("text"), said.get("seq")
    return (text, seq) if isinstance(text, str) and type(seq) is int else ("", 0)
