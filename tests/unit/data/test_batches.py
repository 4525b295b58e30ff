"""Batches are even over domains, deterministic, resumable, and always windows of the texts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from moeviz.data.batches import Batch, BatchSampler, held_out_batch
from moeviz.data.corpus import Corpus, load_corpus
from moeviz.data.domains import DOMAINS


def small_corpus(*lengths: int, held_out: int = 40) -> Corpus:
    """Domain g holds the tokens 1000·g, 1000·g + 1, …: a token says where it comes from."""
    texts = tuple(np.arange(1000 * g, 1000 * g + n, dtype=np.uint16) for g, n in enumerate(lengths))
    tails = tuple(t[-1] + 1 + np.arange(held_out, dtype=np.uint16) for t in texts)
    names = tuple(f"d{g}" for g in range(len(lengths)))
    return Corpus(names, texts, tails, tokenizer=load_corpus(512).tokenizer)


def equal(one: Batch, other: Batch) -> bool:
    return torch.equal(one.tokens, other.tokens) and torch.equal(one.domain, other.domain)


@pytest.mark.parametrize(("batch_size", "context_length"), [(1, 8), (16, 64), (128, 256)])
def test_shapes_and_types(batch_size: int, context_length: int) -> None:
    batch = BatchSampler(load_corpus(512), batch_size, context_length, seed=0).next_batch()
    assert batch.tokens.shape == (batch_size, context_length + 1)
    assert batch.domain.shape == (batch_size,)
    assert batch.tokens.dtype == batch.domain.dtype == torch.int64


def test_every_sequence_is_a_window_of_its_domain() -> None:
    sampler = BatchSampler(small_corpus(50, 90, 300), 16, 12, seed=3)
    for _ in range(50):
        batch = sampler.next_batch()
        assert torch.equal(batch.tokens[:, 1:], batch.tokens[:, :-1] + 1)
        assert torch.equal(batch.tokens[:, 0] // 1000, batch.domain)


def test_every_place_of_a_text_is_drawn_the_ends_included() -> None:
    sampler = BatchSampler(small_corpus(20, 30), 64, 9, seed=0)
    batches = [sampler.next_batch() for _ in range(40)]
    starts = torch.cat([b.tokens[:, 0] for b in batches]).unique().tolist()
    assert starts == [*range(0, 11), *range(1000, 1021)]


@pytest.mark.parametrize("batch_size", [1, 5, 6, 16, 31])
def test_domains_are_as_even_as_a_batch_allows(batch_size: int) -> None:
    sampler = BatchSampler(load_corpus(512), batch_size, 8, seed=1)
    total = np.zeros(6)
    for _ in range(60):
        counts = np.bincount(sampler.next_batch().domain.numpy(), minlength=6)
        assert counts.max() - counts.min() <= 1
        total += counts
    fair = 60 * batch_size / 6
    assert np.all(np.abs(total - fair) <= 0.6 * fair)


def test_the_order_of_domains_is_random() -> None:
    sampler = BatchSampler(load_corpus(512), 6, 8, seed=1)
    assert len({tuple(sampler.next_batch().domain.tolist()) for _ in range(20)}) > 10


def test_the_same_seed_gives_the_same_batches_and_another_seed_others() -> None:
    one, two, other = (BatchSampler(load_corpus(512), 16, 64, seed) for seed in (7, 7, 8))
    for _ in range(5):
        first = one.next_batch()
        assert equal(first, two.next_batch())
        assert not equal(first, other.next_batch())


def test_the_global_seed_is_neither_read_nor_moved() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = BatchSampler(load_corpus(512), 16, 64, seed=0).next_batch()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert equal(BatchSampler(load_corpus(512), 16, 64, seed=0).next_batch(), first)


def test_a_restored_sampler_continues_exactly() -> None:
    sampler = BatchSampler(load_corpus(512), 16, 64, seed=0)
    sampler.next_batch()
    state = sampler.state()
    following = [sampler.next_batch() for _ in range(3)]
    fresh = BatchSampler(load_corpus(512), 16, 64, seed=99)
    fresh.restore(state)
    assert all(equal(fresh.next_batch(), batch) for batch in following)
    sampler.restore(state)
    assert equal(sampler.next_batch(), following[0])


def test_held_out_sequences_are_evenly_spaced_from_the_first_token_to_the_last() -> None:
    batch = held_out_batch(small_corpus(50, 60), context_length=9, sequences_per_domain=4)
    assert batch.domain.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert (batch.tokens[:4, 0] - 50).tolist() == [0, 10, 20, 30]
    assert int(batch.tokens[3, -1]) == 50 + 39


def test_held_out_batches_never_show_training_text() -> None:
    corpus = load_corpus(512)
    batch = held_out_batch(corpus, 64, 16)
    assert batch.tokens.shape == (16 * len(DOMAINS), 65)
    for tokens, domain in zip(batch.tokens.numpy(), batch.domain.tolist(), strict=True):
        held_out, train = (bytes(part[domain]) for part in (corpus.held_out, corpus.train))
        window = bytes(tokens.astype(np.uint16))
        assert window in held_out
        assert window not in train


def test_a_text_shorter_than_a_sequence_is_read_round_and_round() -> None:
    corpus = small_corpus(5, 400, held_out=3)
    batch = BatchSampler(corpus, 2, 11, seed=0).next_batch()
    row = batch.tokens[batch.domain.tolist().index(0)]
    assert row.tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert held_out_batch(corpus, 4, 2).tokens[0].tolist() == [5, 6, 7, 5, 6]


def test_the_shortest_user_text_works_with_the_longest_context() -> None:
    corpus = load_corpus(512, "the and " * 62 + "then")
    batch = BatchSampler(corpus, 14, 256, seed=0).next_batch()
    assert batch.domain.bincount().tolist() == [2] * 7
    assert held_out_batch(corpus, 256, 3).tokens.shape == (21, 257)
