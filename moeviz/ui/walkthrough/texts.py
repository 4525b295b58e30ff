"""Texts to send through the model, and experiments with them, each an address of the walkthrough.

A domain's text are lines that the model was never trained on: a test finds them in the held-out
text. Knows nothing of widgets.
"""

from __future__ import annotations

from moeviz.texts import Experiment
from moeviz.ui.inspect.state import DEFAULT_TEXT

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
"""By the name that the menu shows; the first one is two domains in one sentence."""


EXPERIMENTS = (
    Experiment(
        "The last tokens are dropped",
        "Half the capacity, filled in the order of the text: watch *Dispatch*, and the end of the "
        "sentence is dropped. Then let the *Lowest scores* go instead.",
        {"k": "1", "capacity": "0.5", "drop": "position"},
    ),
    Experiment(
        "Two rules, one result",
        "Top-k first and softmax after. Now choose *Softmax, renormalised*: the stage finds "
        "nothing to mark, since the common factor cancels. *As it is* lets less through.",
        {"k": "2", "rule": "topk_softmax"},
    ),
    Experiment(
        "Sent on, not dropped",
        "Just enough capacity slots; an assignment that finds none goes on to its token's next "
        "expert. Change the drop policy to *Latest tokens* and compare which tokens are marked.",
        {"k": "1", "capacity": "1", "drop": "reroute"},
    ),
)
