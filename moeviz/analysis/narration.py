"""What is happening in a run, in one plain sentence an arm, computed from its latest record.

Experts and layers are numbered from 0, as in the model's own tensors. Knows nothing of how a
sentence is shown.
"""

from __future__ import annotations

import numpy as np

from moeviz.records import COLLAPSE_ENTROPY, WINDOW_STEPS, StepSnapshot

BALANCED_ENTROPY = 0.95
"""From this normalised entropy of the load on, a layer is called balanced."""


def narrate(snapshot: StepSnapshot) -> str:
    """One sentence about the layer that is used least evenly."""
    n_experts = snapshot.window_load.shape[-1]
    if n_experts == 0:
        return f"No router: every token runs through all of the network, at {_loss(snapshot)}."
    layer = int(np.argmin(snapshot.normalised_entropy))
    load = snapshot.window_load[layer]
    busiest = int(np.argmax(load))
    entropy = float(snapshot.normalised_entropy[layer])
    dead = int(snapshot.dead_experts[layer])
    sentence = (
        f"{_verdict(entropy, snapshot.step)}: "
        f"expert {busiest} takes {load[busiest]:.0%} of layer {layer}'s choices "
        f"(fair share {1 / n_experts:.1%}); {_starving(dead, n_experts)}{_dropped(snapshot)}"
    )
    return f"{sentence}, at {_loss(snapshot)}."


def _verdict(entropy: float, step: int) -> str:
    """Nothing has collapsed before a window is full: first batches of a balanced run look so."""
    if entropy < COLLAPSE_ENTROPY and step >= WINDOW_STEPS:
        return "Collapsed"
    return "Balanced" if entropy >= BALANCED_ENTROPY else "Uneven"


def _starving(dead: int, n_experts: int) -> str:
    if dead == 0:
        return "no expert starves"
    verb = "starves" if dead == 1 else "starve"
    return f"{dead} of {n_experts} experts {verb}"


def _dropped(snapshot: StepSnapshot) -> str:
    worst = int(np.argmax(snapshot.dropped_fraction))
    share = float(snapshot.dropped_fraction[worst])
    # Not "of its tokens": with k above 1 a token may lose one of its slots and keep another.
    return f"; layer {worst} drops {share:.0%} of what its router sends" if share >= 0.005 else ""


def _loss(snapshot: StepSnapshot) -> str:
    # The charts draw means over some steps: beside them one step's own number must say so.
    return f"cross-entropy {snapshot.cross_entropy:.2f} nats in this step"
