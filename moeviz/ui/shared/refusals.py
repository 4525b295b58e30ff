"""A refused value in the words that its reader sees: labels of controls, names in an address.

Knows names and errors only; nothing of Streamlit, and not where a refusal is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from moeviz.config import KNOBS, ConfigError
from moeviz.engine.until import UNTIL_KNOBS
from moeviz.ui.inspect.state import TRAINED_STEPS

LABELS: Mapping[str, str] = {
    **{name: knob.label for name, knob in KNOBS.items()},
    **{knob.name: knob.label for knob in (*UNTIL_KNOBS.values(), TRAINED_STEPS)},
    "until step": f'{UNTIL_KNOBS["step"].label} of "Until a step"',
}
"""What controls call a field of a refusal, on the pages that train a model or ask it."""

_FIELD = re.compile(r"[a-z]+(_[a-z]+)+")
"""A field's name within a bound; a single word may be meant as itself."""


def by_label(error: Exception, labels: Mapping[str, str] = LABELS) -> str:
    """A refusal by the labels of controls; the lab's are the usual ones."""
    return str(renamed(error, labels)) if isinstance(error, ConfigError) else str(error)


def renamed(error: ConfigError, names: Mapping[str, str]) -> ConfigError:
    """The same refusal by other names, in its bound too; what has none keeps its own."""
    bound = _FIELD.sub(lambda found: names.get(found[0], found[0]), error.bound)
    return ConfigError(names.get(error.field, error.field), error.value, bound)
