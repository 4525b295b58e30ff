"""Following a run that trains: a fragment is drawn again for its newer steps, now and then.

The browser asks for that, by the live channel: while it shows the page, and not before the last
drawing has reached it. Knows nothing of what is drawn.
"""

from __future__ import annotations

from moeviz.engine.protocol import RunStatus
from moeviz.ui.components.follow_run import follow_run
from moeviz.ui.shared.page_run import right_to
from moeviz.ui.shared.session_state import entered, here

_ANSWERED = "steps_answered"


def follow(status: RunStatus, *, key: str, shown: int, every_s: float) -> None:
    """Draw the fragment that this stands in again when the run has gone on from the step shown.

    Args:
        shown: the step that the fragment shows, -1 for none.
        every_s: between two drawings, at least.
    """
    answered: dict[str, int] = here().kept.setdefault(_ANSWERED, {})

    def heard() -> None:
        """What is sent on the way out of a drawing that has ended has no value any more. To fail
        here would take down the whole fragment, with all that plays in it."""
        newer = (entered(key) or {}).get("newer")
        if newer is not None:
            answered[key] = newer

    follow_run(
        right_to(status),
        key=key,
        shown=shown,
        answered=answered.get(key),
        every_ms=round(1000 * every_s),
        on_newer=heard,
    )
