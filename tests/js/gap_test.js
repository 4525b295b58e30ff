// How far the loss of A lies above that of B, and how sure that is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { differenceOf, gapRows } from "../../moeviz/ui/components/live_run/pictures.js";

test("the gap is the mean over the last 50 steps, the noise two standard errors", () => {
  // Points of ten steps: five of them. Gaps 1, 2, 3, 4, 5: mean 3, deviation √2.5, over √5.
  const { mean, noise } = differenceOf([2, 4, 6, 8, 10, 3], [1, 2, 3, 4, 5, 2], 10);
  assert.deepEqual(mean.slice(0, 5), [null, null, null, null, 3]);
  assert.ok(Math.abs(Number(noise[4]) - 2 * Math.sqrt(0.5)) < 1e-12);
  assert.equal(mean[5], 3, "2, 3, 4, 5, 1");
});

test("it has five points at least, however long they are, and none across a gap in a line", () => {
  assert.deepEqual(differenceOf([1, 1, 1, 1, 1], [0, 0, 0, 0, 0], 400).mean.at(-1), 1);
  const broken = differenceOf([1, 1, null, 1, 1], [0, 0, 0, 0, 0], 10);
  assert.deepEqual(broken.mean, [null, null, null, null, null]);
});

test("two models have a gap with its two edges; one alone, or others, have none", () => {
  /** @param {string} name @param {number} value @returns {any} */
  const arm = (name, value) => ({
    name,
    lines: { stride: 10, columns: { cross_entropy: Array(6).fill(value) } },
  });
  const [row] = gapRows(/** @type {any} */ ({ arms: [arm("A", 3), arm("B", 2.5)] }), "#123456");
  assert.deepEqual(row.series.map(({ name, y }) => [name, y.at(-1)]), [
    ["A − B", 0.5],
    ["highest", 0.5],
    ["lowest", 0.5],
  ]);
  assert.deepEqual(gapRows(/** @type {any} */ ({ arms: [arm("A", 3)] }), "#123456"), []);
  assert.deepEqual(
    gapRows(/** @type {any} */ ({ arms: [arm("B", 3), arm("Dense", 3)] }), "#1"),
    [],
  );
});
