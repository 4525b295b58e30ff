"""The button that starts the new run which a changed model needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from moeviz.ui.components import assets

_mount = assets.component("new_run")


def new_run(
    label: str, until: Mapping[str, str], *, key: str, on_start: Callable[[], None]
) -> None:
    """Show the button; a press reports the limit that the stage's field says.

    No script hears of a limit that is chosen there, so the press brings it along.

    Args:
        until: the limit's parameter of the address: `url`, and `default`, what no parameter means.
        on_start: called when it is pressed; the limit, as an address says it, is in the
            component's state as `start`.
    """
    _mount(
        key=key, width="content", data={"label": label, "until": until}, on_start_change=on_start
    )
