"""What every picture must be: Plotly JSON that Plotly accepts, in the page's tones."""

from __future__ import annotations

import json

import plotly.graph_objects as go


def checked(figure: dict) -> dict:
    """The figure, which Plotly accepts once its tones are colours, and JSON can carry."""
    text = json.dumps(figure, allow_nan=False)
    for tone in ("ink", "muted", "faint", "accent", "paper"):
        text = text.replace(f"tone:{tone}", "#123456")
    assert "tone:" not in text
    plain = json.loads(text)
    plain["layout"].pop("meta", None)
    go.Figure(plain)
    return figure


def words(figure: dict) -> list[str]:
    return [each["text"] for each in figure["layout"].get("annotations", [])]
