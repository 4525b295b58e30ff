// Round scales, ticks, and labels that keep apart.

import assert from "node:assert/strict";
import { test } from "node:test";

import { niceCeiling, spread, ticks } from "../../moeviz/ui/components/shared/shared.js";

test("a nice ceiling is the smallest of 1, 2, 5 × 10ⁿ that holds the value", () => {
  const wanted = { 1: 1, 1.1: 2, 2: 2, 2.1: 5, 5: 5, 5.1: 10, 10: 10, 0.03: 0.05, 700: 1000 };
  for (const [value, ceiling] of Object.entries(wanted)) {
    assert.equal(niceCeiling(Number(value)), ceiling, value);
  }
});

test("a rounding error does not lift a nice ceiling to the next one", () => {
  assert.equal(niceCeiling(0.2 * (1 + 1e-12)), 0.2);
  assert.equal(niceCeiling(5 * (1 + 1e-12)), 5);
});

test("no nice number lies between a value and its ceiling", () => {
  const series = [-3, -2, -1, 0, 1, 2].flatMap((n) => [1, 2, 5].map((m) => m * 10 ** n));
  for (let value = 0.0013; value < 400; value *= 1.17) {
    const between = series.filter((n) => n >= value && n < niceCeiling(value) * (1 - 1e-9));
    assert.deepEqual(between, [], `${value} under ${niceCeiling(value)}`);
    assert.ok(niceCeiling(value) >= value);
  }
});

test("ticks are multiples of a round step inside the range", () => {
  assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(0, 100, 4), [0, 50, 100]);
  assert.deepEqual(ticks(2.2, 6.1, 4), [3, 4, 5, 6]);
  assert.deepEqual(ticks(-3, 3, 3), [-2, 0, 2]);
});

test("a range that ends at a tick keeps it, though 0.3 ÷ 0.1 is less than 3", () => {
  const found = ticks(0, 0.3, 3);
  assert.equal(found.length, 4);
  assert.ok(Math.abs(found[3] - 0.3) < 1e-12);
});

test("labels that are far apart stay where they are wanted", () => {
  assert.deepEqual(spread([20, 100, 60], 30, 0, 200), [20, 100, 60]);
});

test("labels that meet are pushed apart in their order", () => {
  assert.deepEqual(spread([10, 12], 30, 0, 200), [10, 40]);
  assert.deepEqual(spread([12, 10], 30, 0, 200), [40, 10]);
});

test("labels at an end are pushed back inside, and those before them give way", () => {
  assert.deepEqual(spread([190, 195], 30, 0, 200), [170, 200]);
  assert.deepEqual(spread([-5], 30, 0, 200), [0]);
  assert.deepEqual(spread([250], 30, 0, 200), [200]);
});
