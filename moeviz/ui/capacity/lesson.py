"""Where the numbers of the capacity lab come from, and the answer to its question."""

from __future__ import annotations

from moeviz.traces import STUDY_SEQUENCES

CAPACITY_WHERE = (
    "Every number is measured on the model that the page names, on held-out text that it has not "
    "trained on: a worker process runs the batch through it and answers. The batch holds "
    f"{STUDY_SEQUENCES} sequences of each domain (fewer where sequences are long) in an order "
    "drawn once. Capacity is "
    "that of the whole batch, ⌈CF · k · T / N⌉ seats an expert and layer. FLOPs are a closed form: "
    "2 · (weights of an expert) an operated seat, one forward pass; a kernel of fixed shapes "
    "computes all N · C seats. Cost is the batch's cross-entropy minus that of the same batch "
    "dropless. While the run trains, the page shows its last kept step, so that a measurement is "
    "about one model. Nothing here changes the run, except *Train*."
)

CAPACITY_SOURCES = (
    ("moeviz.routing.capacity", "expert_capacity"),
    ("moeviz.routing.capacity", "seated"),
    ("moeviz.training.capacity_study", "capacity_point"),
    ("moeviz.training.capacity_study", "batch_dependence"),
    ("moeviz.analysis.capacity", "slot_budget"),
)

CAPACITY_ANSWER = (
    "Fixed shapes: every expert gets ⌈1.25 · k · T / N⌉ seats, a quarter more than its fair share, "
    "so that buffers, kernels and all-to-all messages have one size. It costs padding where an "
    "expert is not full, a fifth of the expert compute even at perfect balance, and dropped tokens "
    "where it is: only the residual carries those on. Say which formula: with k or without it is "
    "a factor of k. Who is dropped is a policy: by position, by weight, batch-prioritised, or "
    "re-routed. Any of them makes a token's output depend on the rest of the batch, most of them "
    "on later tokens too, so that training and generation differ; and drops hide a collapse, since "
    "what is computed looks even. Dropless kernels (grouped matrix products over sorted tokens) "
    "avoid all of this at the price of shapes that change, and the slowest device then waits for "
    "the real load instead of a bounded one."
)
