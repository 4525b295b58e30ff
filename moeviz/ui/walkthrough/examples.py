"""Texts to send through the model. Knows nothing of widgets.

A domain's text are lines that the model was never trained on: a test finds them in the held-out
text.
"""

from __future__ import annotations

from collections.abc import Mapping

from moeviz.texts import strings
from moeviz.ui.inspect.state import DEFAULT_TEXT

EXAMPLES: Mapping[str, str] = {"Prose and code": DEFAULT_TEXT, **strings(__file__)["examples"]}
"""By the name that the menu shows; the first one is two domains in one sentence."""
