// Axes of live charts: round, still while a model runs, and back from pixels to steps.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  roundBounds,
  scale,
  stepTicks,
  stickyBounds,
  tickWords,
  valuesWithin,
  valueTicks,
  wholeRun,
  zoomAbout,
  zoomBetween,
} from "../../moeviz/ui/components/live_charts/live_charts_scales.js";
import { randomNumbers } from "./live_charts_models.js";

test("a scale maps its ends, and back", () => {
  const y = scale([2, 6], [100, 20]);
  assert.deepEqual([y.at(2), y.at(4), y.at(6)], [100, 60, 20]);
  assert.equal(y.back(y.at(3.7)), 3.7);
});

test("the axis of steps holds the run and grows in round steps", () => {
  const ends = [0, 1, 100, 101, 200, 201, 501, 1001, 20_000].map((step) => wholeRun(step)[1]);
  assert.deepEqual(ends, [100, 100, 100, 200, 200, 500, 1000, 2000, 20_000]);
});

test("bounds are round and hold every value", () => {
  const random = randomNumbers(3);
  for (let i = 0; i < 300; i++) {
    const size = 10 ** (6 * random() - 3);
    const values = Array.from({ length: 9 }, () => size * (random() - 0.3));
    const [low, high] = roundBounds(values);
    assert.ok(low <= Math.min(...values) && high >= Math.max(...values), values.join());
    assert.ok(high - low <= 3 * (Math.max(...values) - Math.min(...values)), values.join());
  }
  assert.deepEqual(roundBounds([]), [0, 1]);
  assert.deepEqual(roundBounds([2.2, 6.1]), [2, 7]);
});

test("one value, or equal ones, have an axis of some height", () => {
  for (const value of [0, 3.4, -2, 1e-9]) {
    const [low, high] = roundBounds([value, value]);
    assert.ok(low <= value && value <= high && high > low, String(value));
  }
});

test("bounds stay while values tremble about a round number", () => {
  let bounds = stickyBounds(null, [2.02, 6]);
  const first = bounds;
  for (const lowest of [2.01, 2.05, 2.3, 2.02]) bounds = stickyBounds(bounds, [lowest, 6]);
  assert.equal(bounds, first);
});

test("bounds follow values that leave them, and that come to need half of them", () => {
  const before = stickyBounds(null, [2, 6]);
  assert.ok(stickyBounds(before, [1, 6])[0] <= 1);
  const [low, high] = stickyBounds(before, [2.1, 2.4]);
  assert.ok(high - low < 1, `${low} to ${high}`);
});

test("in a range of steps also counts where a line enters and leaves it", () => {
  const drawn = { x: [0, 10, 20, 30], y: [0, 10, null, 4] };
  assert.deepEqual(valuesWithin(drawn, [5, 12]), [5, 10]);
  assert.deepEqual(valuesWithin(drawn, [-Infinity, Infinity]), [0, 10, 4]);
  assert.deepEqual(valuesWithin({ x: [0, 10], y: [0, 10] }, [4, 6]), [4, 6]);
});

test("ticks are few, round, and written without the dust of floating point", () => {
  assert.deepEqual(valueTicks([0, 1], 84, 26).map(tickWords), ["0", "0.5", "1"]);
  assert.deepEqual(valueTicks([0.1, 0.4], 90, 26).map(tickWords), ["0.1", "0.2", "0.3", "0.4"]);
  assert.ok(valueTicks([0, 1], 1000, 26).length <= 6);
  assert.deepEqual(valueTicks([2, 7], 60, 26), [2, 4, 6]); // one tick alone is no scale
});

test("ticks of steps are whole, however far in the reader zooms", () => {
  for (let low = 0; low < 50; low += 7) {
    for (let wide = 2; wide < 300; wide += 13) {
      const steps = stepTicks([low, low + wide], 600, 64);
      assert.ok(steps.length >= 1 && steps.length <= 9);
      assert.equal(new Set(steps).size, steps.length);
      for (const step of steps) {
        assert.ok(Number.isInteger(step) && step >= low && step <= low + wide);
      }
    }
  }
});

test("a drag zooms to whole steps inside the run, whichever way it went", () => {
  assert.deepEqual(zoomBetween(12.4, 30.2, [0, 100]), [12, 31]);
  assert.deepEqual(zoomBetween(30.2, 12.4, [0, 100]), [12, 31]);
  assert.deepEqual(zoomBetween(-20, 50, [0, 100]), [0, 50]);
});

test("a drag over one step, or over all of them, is no zoom", () => {
  assert.equal(zoomBetween(12.2, 12.8, [0, 100]), null);
  assert.equal(zoomBetween(-3, 200, [0, 100]), null);
});

test("keys zoom about a step, down to two steps and back to the whole run", () => {
  assert.deepEqual(zoomAbout([0, 100], 20, 0.5, [0, 100]), [10, 60]);
  assert.equal(zoomAbout([10, 60], 20, 2, [0, 100]), null);
  assert.deepEqual(zoomAbout([10, 12], 11, 0.5, [0, 100]), [10, 12]);
});
