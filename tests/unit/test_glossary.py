"""Every term is explained, once and rightly, and its marks lead to it."""

from __future__ import annotations

import re
from math import comb, log, sqrt

import pytest
import torch

from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.released import released_model
from moeviz.glossary import (
    BY_ID,
    SYMBOLS,
    TERMS,
    leading_term,
    link,
    linked,
    symbol,
    symbols_in,
    term,
)
from moeviz.records import DEAD_SHARE
from moeviz.routing import metrics
from moeviz.routing.losses import load_balancing_loss
from moeviz.ui.shared.navigation import PAGES

each_term = pytest.mark.parametrize("entry", TERMS, ids=lambda each: each.id)
IN_WORDS_MD = (
    "expert, routed expert, shared expert, router, router logits, router scores, gate weight, "
    "router probabilities, top-k, assignment, preference, capacity, capacity factor, capacity slot,"
    "dropped assignment, padding, dropless, load, load imbalance, load-balancing loss, "
    "coefficient α, auxiliary loss, selection bias, router collapse, dead expert, "
    "normalised entropy, MaxVio, coefficient of variation, effective experts, "
    "dense model with the same FLOPs, dense model with the same total, FLOPs per token, FLOP/s, "
    "KV cache, decode step, batch size, memory-bound, compute-bound, roofline, dispatch, combine, "
    "expert parallelism, all-to-all, rank, fine-grained experts, granularity, activation ratio, "
    "active share, sparsity, cross-entropy, held-out loss, checkpoint, session, "
    "total parameters, active parameters"
)
"""The terms that the standard of words lists."""


@pytest.mark.parametrize("name", re.split(r",\s*", IN_WORDS_MD))
def test_a_term_of_the_standard_has_an_entry_of_this_name(name):
    assert term(name).name == name


@each_term
def test_an_entry_is_complete(entry):
    words = len(entry.short.split())
    assert 5 <= words <= 30, words
    assert entry.short[0].isupper() or entry.short.startswith("k ÷")
    assert entry.short.endswith(".")
    assert not re.search(r"[$\\*_`\[\]]", entry.short), "the bubble shows plain text"
    assert entry.pages
    assert entry.related
    assert entry.id


@each_term
def test_what_an_entry_names_exists(entry):
    assert set(entry.pages) <= {page.address for page in PAGES}
    related = [term(each) for each in entry.related]
    assert entry not in related
    assert [each.name for each in related] == list(entry.related)
    assert len(set(entry.related)) == len(entry.related)


def test_a_name_belongs_to_one_term():
    names = [name.lower() for entry in TERMS for name in entry.names]
    assert sorted(names) == sorted(set(names))
    assert len(BY_ID) == len(TERMS)


@each_term
def test_the_symbols_of_a_formula_are_in_the_table(entry):
    assert [each for each in symbols_in(entry.formula) if symbol(each) is None] == []


def test_a_symbol_has_one_meaning():
    signs = [symbols_in(each.latex)[0] for each in SYMBOLS]
    assert sorted(signs) == sorted(set(signs))
    axes = [sign for sign, each in zip(signs, SYMBOLS, strict=True) if each.axis]
    assert axes == list("BSTDFEKCLHV")


@pytest.mark.parametrize(
    ("latex", "signs"),
    [
        ("f_i", "f i"),
        (r"E \sum_i f_i P_i", "E i f P"),
        (r"z_{t,i}", "z t i"),
        (r"x W_r", "x W_r"),
        (r"\bar f - f_i", "mean_f f i"),
        (r"\mathcal{L}_{\mathrm{CE}} + \alpha_t", "script_L_CE alpha t"),
        (r"\left\lceil \mathrm{CF} \cdot \frac{K\,T}{E} \right\rceil", "CF K T E"),
        (r"\operatorname{softmax}(x)_{\text{top-}k}", "x k"),
        (r"\max_i f_i, \log E, 2^{B}", "i f E B"),
        (r"L_\mathrm{LB}", "L_LB"),
        (r"\textstyle\sum_j s_j, \barwedge", "j s"),
        ("", ""),
    ],
)
def test_the_symbols_of_latex_are_found(latex, signs):
    assert " ".join(each.replace(" ", "_") for each in symbols_in(latex)) == signs


@pytest.mark.parametrize(
    ("mark", "shown", "name"),
    [
        ("[[capacity factor]]", "capacity factor", "capacity factor"),
        ("[[capacity factor|CF]]", "CF", "capacity factor"),
        ("[[CF]]", "CF", "capacity factor"),
        ("[[Experts]]", "Experts", "expert"),
        ("[[dropped assignment|drops]]", "drops", "dropped assignment"),
        ("[[load-balancing losses]]", "load-balancing losses", "load-balancing loss"),
    ],
)
def test_a_mark_becomes_a_link_to_its_term(mark, shown, name):
    assert linked(f"A {mark}.") == f"A [{shown}](glossary?term={term(name).id})."


def test_what_is_no_mark_stays():
    for text in ("[a](b)", "[[0, 1], [2]]", "[[]]", "x[i[0]]", "[ [expert] ]"):
        assert linked(text) == text


def test_a_mark_of_an_unknown_term_names_the_nearest():
    with pytest.raises(ValueError, match=r"no term 'capacity facto'.*capacity factor"):
        linked("The [[capacity facto]].")
    with pytest.raises(ValueError, match="no term 'seat'"):
        link("seat")


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("Load-balancing loss, unscaled", "load-balancing loss", "Load-balancing loss"),
        ("Dropped share of the assignments", "dropped assignment", "Dropped"),
        ("max ÷ mean load", "max ÷ mean load", "max ÷ mean load"),
    ],
)
def test_the_longest_name_that_a_text_begins_with_is_its_term(text, name, shown):
    assert leading_term(text) == (term(name), shown)
    with pytest.raises(ValueError, match="begins 'The load'"):
        leading_term("The load")


def collapsed(n_experts: int, k: int) -> torch.Tensor:
    """The load when the same k experts get every token."""
    return torch.tensor([1 / k] * k + [0.0] * (n_experts - k), dtype=torch.float64)


@pytest.mark.parametrize(("n_experts", "k"), [(8, 1), (8, 2), (64, 8)])
def test_the_values_at_collapse_are_those_of_the_metrics(n_experts, k):
    load, ratio = collapsed(n_experts, k), n_experts / k
    said = {
        "normalised entropy": ("ln k ÷ ln E", log(k) / log(n_experts)),
        "MaxVio": ("E/k − 1", ratio - 1),
        "coefficient of variation": ("√(E/k − 1)", sqrt(ratio - 1)),
        "max ÷ mean load": ("E/k when", ratio),
    }
    computed = {
        "normalised entropy": metrics.normalised_entropy,
        "MaxVio": metrics.max_violation,
        "coefficient of variation": metrics.load_cv,
        "max ÷ mean load": metrics.max_over_mean,
    }
    for name, (words, value) in said.items():
        assert words in term(name).short
        assert float(computed[name](load)) == pytest.approx(value)
    entropy = -float(load.xlogy(load).sum())
    assert torch.tensor(entropy).exp() == pytest.approx(k)
    assert "k when the same k experts" in term("effective experts").short


@pytest.mark.parametrize("k", [1, 2])
def test_the_load_balancing_loss_at_collapse_is_the_one_of_its_entry(k):
    probs = torch.zeros(5, 8)
    probs[:, :k] = 1 / k
    index = torch.arange(k).expand(5, k)
    assert float(load_balancing_loss(probs, index)) == pytest.approx(8 / k)
    assert "at most E/K" in term("load-balancing loss").long


def test_the_figures_of_entries_are_those_of_the_closed_forms():
    v3 = released_model("DeepSeek-V3")
    counted = parameter_count(v3.architecture())
    active = [f"{each / 1e9:.1f}" for each in counted.active.values()]
    assert "{}, {} or {} billion".format(*active) in term("active parameters").long
    assert f"{8 / 256:.1%}".replace("%", "\u202f%") in term("activation ratio").long
    assert f"{37 / 671:.1%}".replace("%", "\u202f%") in term("active share").long
    assert f"{comb(64, 8):,}" in term("fine-grained experts").long
    assert f"gives {comb(16, 2)} sets" in term("fine-grained experts").long
    assert f"less than {DEAD_SHARE * 100:.0f}\u202f%" in term("dead expert").short
