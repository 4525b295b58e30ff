"""Kinds of layers as several families' files name them, and equal layers as one stack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.weights import Weights


def count_layers(fields: Fields) -> int:
    """`num_hidden_layers`."""
    return fields.size("num_hidden_layers", high=MAX_LAYERS)


def refuse_tied(fields: Fields) -> None:
    """For families whose classes keep two tables whatever the file says."""
    if fields.flag("tie_word_embeddings", default=False):
        raise fields.refuse("tie_word_embeddings", "false: the class keeps two tables")


def stacked(layers: Iterable[Stack]) -> tuple[Stack, ...]:
    """Equal layers together, in the order in which each kind comes first; each keeps its place."""
    found: dict[Stack, tuple[int, ...]] = {}
    passed = 0
    for layer in layers:
        places = layer.places or tuple(range(passed, passed + layer.n_layers))
        found[layer] = (*found.get(layer, ()), *places)
        passed += layer.n_layers
    return tuple(
        replace(layer, n_layers=len(places), places=places) for layer, places in found.items()
    )


def between_tables(
    fields: Fields,
    layers: Iterable[Stack],
    *,
    tied: bool = False,
    headless: bool = False,
    head_bias: bool = False,
    extra: tuple[Weights, ...] = (),
) -> Architecture:
    """These layers between the token embedding and a final norm with the head.

    Args:
        tied: where the file does not say whether the two tables are one.
        headless, head_bias, extra: as in `Architecture`.
    """
    d_model = fields.size("hidden_size")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(layers),
        tied=fields.flag("tie_word_embeddings", default=tied),
        final_norm=d_model,
        headless=headless,
        head_bias=head_bias,
        extra=extra,
    )


def listed(fields: Fields, n_layers: int) -> tuple[bool, ...] | None:
    """Which layers have experts by `mlp_layer_types`; None where the file has no such list."""
    kinds = fields.words("mlp_layer_types", n_layers, ("dense", "sparse"))
    return None if kinds is None else tuple(kind == "sparse" for kind in kinds)


def front(fields: Fields, n_layers: int, name: str, default: int | None) -> int:
    """How many layers at the front are dense: at most all, where the file itself says it."""
    most = n_layers if fields.states(name) else MAX_LAYERS
    return fields.size(name, low=0, high=most, default=default)


def mixture_layers(fields: Fields, layers: int, default: int | None = None) -> tuple[bool, ...]:
    """Which layers are mixtures: `mlp_layer_types`, else all after `first_k_dense_replace`.

    Args:
        default: dense layers at the front where the class has no such field of its own.
    """
    found = listed(fields, layers)
    if found is not None:
        return found
    dense = front(fields, layers, "first_k_dense_replace", default)
    found = tuple(layer >= dense for layer in range(layers))
    if not fields.states("first_k_dense_replace"):
        fields.filled("mlp_layer_types", ["sparse" if mixed else "dense" for mixed in found])
    return found


def sliding_layers(
    fields: Fields, layers: int, default: tuple[bool, ...] | None = None
) -> tuple[bool, ...]:
    """Which layers see a window, by `layer_types`.

    Args:
        default: where the file has no such field; None refuses that.
    """
    return _of_kind(fields, layers, "sliding_attention", default)


def linear_layers(
    fields: Fields, layers: int, default: tuple[bool, ...] | None = None
) -> tuple[bool, ...]:
    """Which layers have linear attention, by `layer_types`; `default` as in `sliding_layers`."""
    return _of_kind(fields, layers, "linear_attention", default)


def _of_kind(
    fields: Fields, layers: int, kind: str, default: tuple[bool, ...] | None
) -> tuple[bool, ...]:
    other = "full_attention"
    kinds = fields.words("layer_types", layers, (kind, other))
    if kinds is not None:
        return tuple(each == kind for each in kinds)
    if default is None:
        raise fields.refuse("layer_types", "a list with one kind of attention a layer")
    fields.filled("layer_types", [kind if each else other for each in default])
    return default


def layer_kind(sliding: bool, sparse: bool) -> str:
    """What a layer is called: its attention, then its feed-forward part."""
    attention = "sliding-window" if sliding else "full"
    return f"{attention} attention, {'MoE' if sparse else 'dense'}"
