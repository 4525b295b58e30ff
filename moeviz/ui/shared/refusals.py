"""A refused value by the labels of the controls that its reader sees.

Knows names and errors only; nothing of Streamlit, and not where a refusal is shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from moeviz.config import ConfigError
from moeviz.live.presses import LABELS as RUN_LABELS
from moeviz.ui.inspect.state import TRAINED_STEPS

LABELS: Mapping[str, str] = {**RUN_LABELS, TRAINED_STEPS.name: TRAINED_STEPS.label}
"""What controls call a field of a refusal, on the pages that train a model or ask it."""


def by_label(error: Exception, labels: Mapping[str, str] = LABELS) -> str:
    """A refusal by the labels of controls; the lab's are the usual ones."""
    return str(error.by_names(labels)) if isinstance(error, ConfigError) else str(error)
