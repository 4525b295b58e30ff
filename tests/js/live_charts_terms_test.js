// The term of a row's title has a link where its words stand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { termPlaces } from "../../moeviz/ui/components/live_charts/live_charts_terms.js";

const measure = (/** @type {string} */ text) => 6 * text.length;

/** @param {string} text @param {{id: string, shown: string}} [term] @returns {any} */
const row = (text, term) => ({
  row: { term },
  title: { text, box: { x: 3, y: 40, width: measure(text), height: 15 } },
});

test("a link stands over the words of its term, wherever they are in the title", () => {
  const load = { id: "load", shown: "load" };
  const entropy = { id: "normalised-entropy", shown: "Normalised entropy" };
  const rows = [row("Normalised entropy, layer 1", entropy), row("Model A: load", load)];
  assert.deepEqual(termPlaces(rows, measure), [
    { ...entropy, x: 3, y: 40, width: 6 * 18, height: 15 },
    { ...load, x: 3 + 6 * 9, y: 40, width: 6 * 4, height: 15 },
  ]);
});

test("a title without a term, or cut within it, has none", () => {
  const entropy = { id: "normalised-entropy", shown: "Normalised entropy" };
  assert.deepEqual(termPlaces([row("Steps"), row("Normalised entr…", entropy)], measure), []);
});
