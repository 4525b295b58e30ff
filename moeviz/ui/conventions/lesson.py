"""Where the numbers of the page on conventions come from, and the answer to its question."""

from __future__ import annotations

from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS
from moeviz.routing.conventions import LOSS_CONVENTIONS
from moeviz.traces import GLOBAL_BATCHES

CONVENTIONS_WHERE = (
    "A worker process runs a held-out batch through the model that the page names, dropless, and "
    "computes each library's loss from the same router probabilities and choices; the functions "
    "below are what it calls, one a convention. A loss is what the library multiplies by its "
    "α and adds once: over all layers. The gradient is taken by the router logits of all layers, "
    "where a loss reaches the router; what the router's weights make of it depends on its inputs, "
    f"which are the same for all. The global batch counts {GLOBAL_BATCHES} held-out batches. "
    "Capacities are computed from T, E, k and the factor; what they drop is counted on the batch "
    "as it is routed without limits. A test holds Hugging Face's loss against transformers, and "
    "all of them against plain loops written from the papers."
)

CONVENTIONS_SOURCES = tuple(
    [("moeviz.routing.conventions", name) for name in LOSS_CONVENTIONS]
    + [("moeviz.routing.capacity_conventions", name) for name in CAPACITY_CONVENTIONS]
)

CONVENTIONS_ANSWER = (
    "Whose loss it is. Is f divided by k? Hugging Face does not, so its value is k at balance. "
    "Are layers added, averaged or pooled? With L layers that is a factor of L: Hugging Face's "
    "push is k times that of a form that averages layers, and k/L of Megatron's, which adds them. "
    "Nor can pooling see that two layers have collapsed onto different experts. "
    "Does f count all choices or first ones only? Over what is f taken: "
    "one sequence, the micro-batch or the global batch? A sequence-wise loss pushes against "
    "specialisation that the batch would allow. GShard's printed form is E² smaller than everybody "
    "else's. Then I match the push, not the number: compare values at an even load, or the "
    "gradient by the router logits. The same goes for a capacity factor: ask whether it counts k."
)
