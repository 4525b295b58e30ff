// The table of all measures: each layer's own numbers, under what they are taken over.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildNumbers, numberTables } from "../../moeviz/ui/components/lab_stage/lab_numbers.js";
import { fakePage, onPage } from "./fake_page.js";

const METRICS = [
  { name: "entropy", label: "Normalised entropy", per_layer: true, steps: 20 },
  { name: "z_loss", label: "Router z-loss, unscaled", per_layer: true, steps: 1 },
  { name: "dead", label: "Dead experts", per_layer: true, steps: 20 },
  { name: "sum", label: "Auxiliary loss, as added", per_layer: false, steps: 1 },
];
const lines = (/** @type {any} */ ...accuracy) => ({ columns: { held_out_accuracy: accuracy } });
const A = {
  name: "A",
  lines: lines([0.1, 0.3, null], [0.3, 0.5, null]),
  dense: false,
  latest: {
    cross_entropy: 2.5,
    entropy: [0.25, 0.75],
    z_loss: [7, 8],
    dead: [3, 0],
    sum: 0.125,
    unused_weights: 0.0814,
  },
};
const DENSE = {
  name: "Dense (size)",
  lines: lines([null]),
  dense: true,
  latest: {
    cross_entropy: 2.25,
    entropy: [null, null],
    z_loss: [null, null],
    sum: 0,
    unused_weights: 0,
  },
};
const state = (/** @type {any[]} */ ...arms) => /** @type {any} */ ({ arms });

test("measures of layers stand together where they are taken over equally many steps", () => {
  const [window, step] = numberTables(state(A), METRICS);
  assert.deepEqual(window, {
    caption: "Over the last 20 steps, by layer",
    header: ["Model", "Layer", "Normalised entropy", "Dead experts"],
    rows: [["A", "0", "0.250", "3"], ["A", "1", "0.750", "0"]],
  });
  assert.deepEqual(step, {
    caption: "Of the last step, by layer",
    header: ["Model", "Layer", "Router z-loss, unscaled"],
    rows: [["A", "0", "7"], ["A", "1", "8"]],
  });
});

test("a dense model has no layer that routes, and minimises its cross-entropy", () => {
  const [window, step, sums] = numberTables(state(A, DENSE), METRICS);
  assert.deepEqual([window, step].map(({ rows }) => rows.map(([name]) => name)), [
    ["A", "A"],
    ["A", "A"],
  ]);
  assert.deepEqual(sums, {
    caption: "What each model minimises, in the last step",
    header: ["Model", "Cross-entropy, nats per token", "Auxiliary loss, as added"],
    rows: [["A", "2.500", "0.125"], ["Dense (size)", "2.250", "0"]],
  });
});

test("the last evaluation and the unused weights stand in one table", () => {
  assert.deepEqual(numberTables(state(A, DENSE), METRICS).at(-1), {
    caption: "How well each model predicts held-out text, and which weights no token used",
    header: ["Model", "Next token guessed right", "Stored weights without a token"],
    rows: [["A", "40\u202f%", "8.1\u202f%"], ["Dense (size)", "–", "0\u202f%"]],
  });
});

test("before the first step there are no numbers", () => {
  const tables = numberTables(state({ ...A, latest: {} }), METRICS);
  assert.deepEqual(tables.map(({ rows }) => rows), [[], [], [], []]);
});

test("the tables are filled while they are open, and follow what is shown", () => {
  const page = fakePage();
  const built = buildNumbers({ metrics: METRICS });
  const node = onPage(page, built);
  const texts = () =>
    node.tagged("tbody").map((body) => body.tagged("td").map((cell) => cell.textContent));
  built.show(state(A));
  assert.deepEqual(texts(), []);
  node.open = true;
  node.fire("toggle");
  assert.deepEqual(texts()[1], ["A", "0", "7", "A", "1", "8"]);
  built.show(state({ ...A, latest: { ...A.latest, z_loss: [5, 6] } }));
  assert.deepEqual(texts()[1], ["A", "0", "5", "A", "1", "6"]);
  built.take({ metrics: METRICS.slice(0, 1) });
  built.show(state(A));
  assert.deepEqual(node.tagged("caption").map(({ textContent }) => textContent), [
    "Over the last 20 steps, by layer",
    "What each model minimises, in the last step",
    "How well each model predicts held-out text, and which weights no token used",
  ]);
});
