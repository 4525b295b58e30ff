"""One question with a field or with answers to choose from, and what is said of the answer.

Decides nothing: an answer is reported, the verdict comes with the next data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("check")


def check(data: Mapping[str, Any], *, key: str, on_answer: Callable[[], None]) -> None:
    """Show a question.

    Args:
        data: `id`, `prompt`, `unit`, `options` (none: a number is typed), `given` (the last
            answer), `right` (of it; None while there is none), `says`, `seq` (how often answered).
        on_answer: called for each answer; the component's state then has its text as `answer`.
    """
    _mount(key=key, data=data, on_answer_change=on_answer)
