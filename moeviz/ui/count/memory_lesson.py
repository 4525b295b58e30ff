"""What to try on the page of memory, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.ui.capacity_experiments import Experiment

MEMORY_EXPERIMENTS = (
    Experiment(
        "Small active, large memory",
        "Mixtral-8x7B in 16 bits on one H100: a token meets 12.9 B parameters, and the model does "
        "not fit. All experts must be there, whoever is chosen.",
        {"hardware": "H100 SXM"},
    ),
    Experiment(
        "Four bits, long contexts",
        "The same model in 4 bits beside 32 sequences of 32,768 tokens: now the cache is larger "
        "than the weights.",
        {"precision": "int4", "context": "32768", "batch": "32", "devices": "2"},
    ),
    Experiment(
        "Latents instead of keys",
        "DeepSeek-V3 on eight H200 in its own 8 bits: 671 B parameters, and yet its cache for the "
        "same 32 sequences is about half of Mixtral's.",
        {"like": "deepseek-v3", "precision": "fp8", "context": "32768", "batch": "32",
         "hardware": "H200 SXM", "devices": "8"},
    ),
)  # fmt: skip
MEMORY_WHERE = (
    "Closed forms. Weights: every tensor times the bits of its format, scales included; below 16 "
    "bits only the matrices of the layers are quantised, routers, vocabulary and vectors stay. "
    "Cache: what attention keeps of each position, capped by windows. A tenth of the memory is "
    "kept free; what is left is divided by the cache of one sequence. Memory is in powers of ten, "
    "as data sheets print it. Training: weights, gradients, master weights and Adam's moments of "
    "**all** parameters, experts shared out over EP, their optimizer's state over the ranks / EP "
    "replicas alone. Activations are not counted."
)
MEMORY_SOURCES = (
    ("moeviz.accounting.memory", "serving_fit"),
    ("moeviz.accounting.kv_cache", "kv_cache"),
    ("moeviz.accounting.memory", "training_memory"),
)
MEMORY_QUESTION = (
    "A mixture of 671 B parameters activates 37 B. On what does its memory depend: the one, or the "
    "other?"
)
MEMORY_ANSWER = (
    "Weights and their training state: on the total, since any expert may be chosen next and an "
    "expert that is not chosen keeps its moments. 671 GB at 8 bits, about 16 to 18 bytes a "
    "parameter in training, sharded: experts over EP, and their optimizer's state only over the "
    "replicas of that expert, of which there are fewer than of the rest. The cache depends on "
    "attention alone: layers, key-value heads or a latent, context and batch. Activations follow "
    "the active parameters and tokens. So a mixture trades memory for arithmetic: it pays where "
    "memory is shared by many tokens."
)
