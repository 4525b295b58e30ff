"""Says that a text was changed and not read yet, and marks the page meanwhile. Decides nothing.

The mark is `data-unread` on the document: `page.css` hides what stands in containers whose keys
begin with `read_`, so that nothing of the last text stands beside the new one.
"""

from __future__ import annotations

from moeviz.ui.components import assets

_mount = assets.component("unread_text", isolate_styles=False)  # `page.css` has its one rule


def unread_text(field: str, text: str, said: str, *, key: str) -> None:
    """Watch a text area.

    Args:
        field: its key. text: that was read. said: shown while the area has another one.
    """
    _mount(key=key, data={"field": field, "text": text, "said": said})
