"""Texts to send through the model: for each domain a few lines that it was never trained on.

Knows nothing of widgets. A test finds every one of them in the held-out text of its domain.
"""

from __future__ import annotations

from moeviz.ui.asking_state import DEFAULT_TEXT

EXAMPLES = {
    "Prose and code": DEFAULT_TEXT,
    "Python": "    parser = argparse.ArgumentParser(\n"
    "        description='sum the integers at the command line')",
    "English": "Assert statements are a convenient way to insert debugging assertions\n"
    "into a program:",
    "Arithmetic": "53.46 + 79.01 = 132.47\n(6 - 2) * 7 = 28\n52 + 20 + 69 = 72 + 69 = 141",
    "JSON": '{"name": "amber", "shape": [2, 3], "rows": [[19, 29, 42], [57, 87, 44]]}',
    "French": "Derrière la forêt, il y aura un tambour et une belle chèvre.",
    "German": "Jetzt sollen zehn Köchinnen dem Schneider danken. „Wo ist mein Messer?“, fragt sie.",
}
"""By the name that the menu shows; the first one is nobody's domain, but two in one sentence."""
