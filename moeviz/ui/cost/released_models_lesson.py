"""What to try on the page of released models, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.analysis.cost.quoted import experts, met, met_part, printed_active, stored
from moeviz.texts import Experiment

_MIXTRAL, _QWEN, _KIMI, _SMALL = "Mixtral-8x7B", "Qwen3-30B-A3B", "Kimi-K2", "Ling-mini-2.0"
_PRINTED = ("DeepSeek-V3", "gpt-oss-120b", "OLMoE-1B-7B")

MODELS_EXPERIMENTS = (
    Experiment(
        f"{experts(_MIXTRAL)} large, {experts(_QWEN)} small",
        f"{_MIXTRAL} beside {_QWEN}: {stored(_MIXTRAL)} and {stored(_QWEN)} stored, "
        f"{met(_MIXTRAL)} and {met(_QWEN)} met. Look how much of what is met is attention and "
        "vocabulary.",
        {"compare": f"{_MIXTRAL},{_QWEN}"},
    ),
    Experiment(
        "One figure, three conventions",
        "; ".join(f"{name} prints {printed_active(name)}" for name in _PRINTED)
        + ". See which tables each has left out.",
        {"compare": ",".join(_PRINTED)},
    ),
    Experiment(
        "How far the dial has turned",
        f"A token meets {met_part(_MIXTRAL)} of what {_MIXTRAL} stores, {met_part(_KIMI)} of what "
        f"{_KIMI} does. Follow the dotted lines from year to year.",
        {"compare": f"{_MIXTRAL},{_KIMI}"},
    ),
)
MODELS_WHERE = (
    "Each model's `config.json` is read by its family's reader and its tensors are summed, as on "
    "the page of own models; a few old ones without such a file hold counts by component. Printed "
    "figures and sizes come from the named sources; where a figure was remembered and not found in "
    "one, the registry knows. *Authors count*: the convention that the authors state, or the "
    "closest of the three to what they print, or that of their other models where it prints the "
    "same; the table tells which. Where print and count differ by more than 1 % the reason is "
    "told. Vision towers and layers for multi-token prediction are not counted. *Cache a "
    "token*: elements that attention keeps, as if no window ever let one go."
)
MODELS_SOURCES = (
    ("moeviz.accounting.parameters", "parameter_count"),
    ("moeviz.accounting.released", "ReleasedModel.count"),
)
_V3 = "DeepSeek-V3"
MODELS_QUESTION = (
    f"A paper says that its model has {printed_active(_V3)} active parameters. What do you ask?"
)
MODELS_ANSWER = (
    f"Which tables are in it. With both vocabulary tables DeepSeek-V3 has {met(_V3)}, without the "
    "input embedding, which is looked up and not multiplied, "
    f"{met(_V3, 'minus_input_embedding')}, without head and embedding "
    f"{met(_V3, 'minus_embedding_and_head')}: it prints {printed_active(_V3)}. "
    "Mixtral and Qwen3 print the first, gpt-oss states the second, GLM-4.5 the "
    "third. For a small model with a large vocabulary the three differ more: "
    f"{_SMALL} meets {met(_SMALL)} or {met(_SMALL, 'minus_embedding_and_head')}. Then: "
    "whether shared experts, the router and layers for multi-token prediction count, whether the "
    "total has a vision tower in it, and whether the name is a rounding."
)
