"""What to try on the page of memory, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.accounting.memory import RESERVED, TRAINING_STATES
from moeviz.accounting.units import percent
from moeviz.analysis.cost.quoted import cache_part, cached, held, met, printed_active, stored
from moeviz.ui.shared.lesson import Experiment

_MIXTRAL, _V3 = "Mixtral-8x7B", "DeepSeek-V3"
_LONG, _SEQUENCES = 32_768, 32

MEMORY_EXPERIMENTS = (
    Experiment(
        "Small active, large memory",
        f"{_MIXTRAL} in 16 bits on one H100: a token meets {met(_MIXTRAL)} parameters, and "
        f"{held(_MIXTRAL, 'bf16')} do not fit. All experts must be there, whoever is chosen.",
        {"hardware": "H100 SXM"},
    ),
    Experiment(
        "Four bits, long contexts",
        f"The same model in 4 bits, {held(_MIXTRAL, 'int4')}, beside {_SEQUENCES} sequences of "
        f"{_LONG:,} tokens: their cache is {cached(_MIXTRAL, _LONG, _SEQUENCES)}.",
        {"precision": "int4", "context": str(_LONG), "batch": str(_SEQUENCES), "devices": "2"},
    ),
    Experiment(
        "Latents instead of keys",
        f"{_V3} on eight H200 in its own 8 bits: {stored(_V3)} parameters, and yet its "
        f"cache for the same {_SEQUENCES} sequences is {cache_part(_V3, _MIXTRAL)} of Mixtral's.",
        {"like": "deepseek-v3", "precision": "fp8", "context": str(_LONG), "batch": str(_SEQUENCES),
         "hardware": "H200 SXM", "devices": "8"},
    ),
)  # fmt: skip
MEMORY_WHERE = (
    "Closed forms. Weights: every tensor times the bits of its format, scales included; below 16 "
    "bits only the matrices of the layers are quantised, routers, vocabulary and vectors stay. "
    f"Cache: what attention keeps of each position, capped by windows. {percent(float(RESERVED))} "
    "of the memory is kept free; what is left is divided by the cache of one sequence. Memory is "
    "in powers of ten, as data sheets print it. *Were its attention of another kind*: the same "
    "heads and layers keep otherwise; whether such a model learns as well no formula here says. "
    "Training: weights, gradients, master weights and Adam's moments of **all** parameters, "
    "experts shared out over EP, their optimizer's state over the ranks / EP replicas alone. "
    "Activations are not counted. *Sent*: k copies of each token's vector to the ranks of its "
    "experts and as many back, in every mixture layer, forward and backward; where experts work "
    "in a narrower space, the vector is projected before it is sent. *Time of sending*: a rank's "
    "share over its link, whose speed you set."
)
MEMORY_SOURCES = (
    ("moeviz.accounting.memory", "serving_fit"),
    ("moeviz.accounting.kv_cache", "kv_cache"),
    ("moeviz.accounting.cache_kinds", "cache_by_kind"),
    ("moeviz.accounting.memory", "training_memory"),
    ("moeviz.accounting.communication", "all_to_all"),
    ("moeviz.accounting.communication", "transfer_seconds"),
)
MEMORY_QUESTION = (
    f"A mixture of {stored(_V3)} parameters activates {printed_active(_V3)}. On what does its "
    "memory depend: the one, or the other?"
)
_BYTES = [each.replicated + each.sharded for each in TRAINING_STATES.values()]
_LEAST, _MOST = min(_BYTES), max(_BYTES)
MEMORY_ANSWER = (
    "Weights and their training state: on the total, since any expert may be chosen next and an "
    f"expert that is not chosen keeps its moments. {held(_V3, 'fp8')} at 8 bits, {_LEAST} to "
    f"{_MOST} bytes a parameter in training, sharded: experts over EP, and their optimizer's state "
    "only over the replicas of that expert, of which there are fewer than of the rest. The cache "
    "depends on attention alone: layers, key-value heads or a latent, context and batch. "
    "Activations follow the active parameters and tokens. So a mixture trades memory for "
    "arithmetic: it pays where memory is shared by many tokens."
)
