"""Decimation: exact block means, and points that stay put while steps arrive."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.analysis.decimation import blocks, partition, stride_of


def steps(first: int, last: int) -> np.ndarray:
    return np.arange(first, last + 1)


def test_few_steps_are_not_averaged():
    parts = blocks(steps(1, 5), max_points=5)
    assert parts.centres.tolist() == [1, 2, 3, 4, 5]
    assert parts.mean(np.array([3.0, 1, 4, 1, 5])).tolist() == [3, 1, 4, 1, 5]


def test_means_are_exact_and_the_last_block_counts_only_what_is_there():
    parts = blocks(steps(1, 6), max_points=2)  # 6 steps in 2 points: blocks of 4
    assert parts.stride == 4
    assert parts.mean(np.array([1.0, 2, 3, 6, 10, 20])).tolist() == [3.0, 15.0]
    assert parts.centres.tolist() == [2.5, 6.5]


def test_nan_is_left_out_of_a_mean_and_a_block_of_nan_is_nan():
    nan = np.nan
    parts = blocks(steps(1, 6), max_points=3)
    means = parts.mean(np.array([nan, 4.0, nan, nan, 1.0, 3.0]))
    np.testing.assert_array_equal(means, [4.0, nan, 2.0])


def test_trailing_axes_are_averaged_apart():
    parts = blocks(steps(1, 4), max_points=2)
    values = np.array([[1.0, 10.0], [3.0, 30.0], [5.0, np.nan], [7.0, 70.0]])
    np.testing.assert_array_equal(parts.mean(values), [[2, 20], [6, 70]])


def test_without_a_gap_the_mean_is_the_same_as_with_the_gap_elsewhere():
    """The quick way for finite values agrees with the general way."""
    values = np.random.default_rng(0).normal(size=(37, 3))
    parts = blocks(steps(1, 37), max_points=10)
    with_gap = np.concatenate([values, np.full((37, 1), np.nan)], axis=1)
    np.testing.assert_allclose(parts.mean(with_gap)[:, :3], parts.mean(values), rtol=1e-12)


@given(n=st.integers(1, 3000), more=st.integers(0, 40), most=st.integers(1, 64))
def test_a_full_block_never_changes_while_the_stride_stays(n: int, more: int, most: int):
    values = np.random.default_rng(1).normal(size=n + more)
    now, later = blocks(steps(1, n), most), blocks(steps(1, n + more), most)
    if now.stride == later.stride:
        full = n // now.stride
        assert now.centres[:full].tolist() == later.centres[:full].tolist()
        assert now.mean(values[:n])[:full].tolist() == later.mean(values)[:full].tolist()


@given(first=st.integers(1, 500), n=st.integers(1, 3000), most=st.integers(2, 64))
def test_the_stride_is_the_smallest_power_of_two_that_fits(first: int, n: int, most: int):
    parts = blocks(steps(first, first + n - 1), most)
    assert len(parts.starts) <= most
    assert parts.stride & (parts.stride - 1) == 0
    if parts.stride > 1:
        half = parts.stride // 2
        assert len({(s - 1) // half for s in range(first, first + n)}) > most


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_no_steps_give_no_points(shape: tuple[int, ...]):
    parts = blocks(np.empty(0, np.int64), max_points=8)
    assert parts.mean(np.empty(shape)).shape == shape
    assert len(parts.centres) == 0


@given(n=st.integers(1, 3000), most=st.integers(1, 64))
def test_blocks_are_the_partition_by_the_stride_of_the_last_step(n: int, most: int):
    whole, parts = blocks(steps(1, n), most), partition(steps(1, n), stride_of(n, most))
    assert whole.stride == parts.stride
    assert whole.starts.tolist() == parts.starts.tolist()
    assert whole.numbers.tolist() == parts.numbers.tolist()


def test_a_stride_doubles_when_one_step_too_many_arrives():
    assert [stride_of(last, max_points=4) for last in (1, 4, 5, 8, 9)] == [1, 1, 2, 2, 4]
    assert stride_of(9, max_points=4, first_step=7) == 1


@given(n=st.integers(1, 600), since=st.integers(0, 600), power=st.integers(0, 6))
def test_a_part_of_the_steps_has_the_blocks_of_the_whole(n: int, since: int, power: int):
    """What arrives later joins the same blocks: from any block's border on, the means agree."""
    stride = 2**power
    border = min(since, n - 1) // stride * stride
    values = np.random.default_rng(2).normal(size=n)
    whole, part = partition(steps(1, n), stride), partition(steps(border + 1, n), stride)
    left = len(whole.numbers) - len(part.numbers)
    assert whole.numbers[left:].tolist() == part.numbers.tolist()
    assert whole.mean(values)[left:].tolist() == part.mean(values[border:]).tolist()


def test_a_block_without_a_step_is_left_out():
    parts = partition(np.array([1, 2, 9, 10, 11]), stride=4)
    assert parts.numbers.tolist() == [0, 2]
    assert parts.mean(np.array([1.0, 3, 5, 7, 9])).tolist() == [2, 7]
