"""A picture as a page of its own. Knows nothing of what is drawn."""

from __future__ import annotations

from moeviz.figures.theme.layout import Figure, escaped


def to_html(figure: Figure, title: str = "moeviz") -> str:
    """A page of its own with plotly.js inside: opens anywhere, asks no server for anything."""
    import plotly.io  # slow to import, and only exports need it

    page: str = plotly.io.to_html(figure, include_plotlyjs=True, full_html=True, validate=False)
    return page.replace("<head>", f"<head>\n    <title>{escaped(title)}</title>", 1)
