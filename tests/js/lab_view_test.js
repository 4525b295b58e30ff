// What the lab's charts show, and what the address says of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildView, chartModel } from "../../moeviz/ui/components/lab_stage/lab_view.js";
import { fakeAddress, fakePage, onPage } from "./fake_page.js";

const DATA = {
  metrics: [
    { name: "entropy", label: "Entropy", definition: "How even.", bounds: [0, 1], per_layer: true },
    { name: "dead", label: "Dead experts", definition: "", bounds: "experts", per_layer: true },
    { name: "sum", label: "Auxiliary loss", definition: "A sum.", bounds: null, per_layer: false },
  ],
  losses: [["all", "over all text"], ["by_domain", "by domain"]],
  parameters: {
    metric: { url: "metric", default: "entropy" },
    layer: { url: "layer", default: "0" },
    by_domain: { url: "loss", default: "all" },
  },
  address_reads: 1,
  metric: "entropy",
  layer: 0,
  by_domain: false,
  domains: ["prose", "code"],
  arm_colours: ["#00f", "#f80"],
};

/** @param {string} name @param {number} layers @param {number} experts */
const arm = (name, layers, experts) => {
  const numbers = Array.from({ length: layers }, (_, layer) => [layer + 0.25, layer + 0.5]);
  return {
    name,
    dense: layers === 0,
    n_layers: layers || 2,
    n_experts: experts,
    colours: [],
    load: { stride: 1, bytes: [] },
    lines: {
      stride: 1,
      columns: {
        cross_entropy: [3, 2],
        domain_cross_entropy: [[3.5, 2.5], [2.5, 1.5]],
        held_out_cross_entropy: [[null, 4], [null, 2]],
        entropy: numbers,
        dead: numbers,
        sum: [0.125, 0.25],
      },
    },
  };
};
/** @type {any} */
const STATE = {
  ...{ state: "running", begun: true, step: 2, marks: [[1, "k = 2"]] },
  arms: [arm("A", 2, 8), arm("Dense", 0, 0), arm("B", 1, 16)],
};
const CHOSEN = { metric: "entropy", layer: 0, byDomain: false };

/** @param {any} row */
const series = ({ series }) => series.map((/** @type {any} */ { name, y }) => [name, y]);

test("a measure of layers is drawn of the chosen layer, of the models that have it", () => {
  const [, , first] = chartModel(STATE, DATA, CHOSEN).rows;
  assert.equal(first.label, "Entropy, layer 0");
  assert.deepEqual(series(first), [["A", [0.25, 0.5]], ["B", [0.25, 0.5]]]);
  assert.deepEqual(first.series.map((/** @type {any} */ { colour }) => colour), ["#00f", "#00f"]);
  const { rows } = chartModel(STATE, DATA, { ...CHOSEN, layer: 1 });
  assert.equal(rows[2].label, "Entropy, layer 1");
  assert.deepEqual(series(rows[2]), [["A", [1.25, 1.5]]]);
  assert.deepEqual(rows.slice(3).map((/** @type {any} */ { label }) => label), [
    "Model A: load of each expert, layer 1",
  ]);
});

test("a measure of whole models is drawn of all of them and names no layer", () => {
  const [, , sum] = chartModel(STATE, DATA, { ...CHOSEN, metric: "sum" }).rows;
  assert.equal(sum.label, "Auxiliary loss");
  assert.deepEqual(series(sum), [
    ["A", [0.125, 0.25]],
    ["Dense", [0.125, 0.25]],
    ["B", [0.125, 0.25]],
  ]);
});

test("the gap between A and B is drawn below the losses, where there are both", () => {
  const labels = (/** @type {any} */ state) =>
    chartModel(state, DATA, CHOSEN).rows.map((/** @type {any} */ { label }) => label.slice(0, 3));
  assert.deepEqual(labels(STATE).slice(0, 3), ["Cro", "Gap", "Ent"]);
  assert.deepEqual(labels({ ...STATE, arms: STATE.arms.slice(0, 2) }).slice(0, 2), ["Cro", "Ent"]);
});

test("an axis of experts ends at the most that a model has", () => {
  const bounds = (/** @type {any} */ chosen) => chartModel(STATE, DATA, chosen).rows[2].bounds;
  assert.deepEqual(bounds({ ...CHOSEN, metric: "dead" }), [0, 16]);
  assert.deepEqual(bounds({ ...CHOSEN, metric: "dead", layer: 1 }), [0, 8]);
  assert.deepEqual(bounds(CHOSEN), [0, 1]);
});

test("cross-entropy is drawn over all text with held-out text, or by domain", () => {
  const [all] = chartModel(STATE, DATA, CHOSEN).rows;
  assert.deepEqual(series(all).slice(0, 2), [["A", [3, 2]], ["A, held out", [3]]]);
  assert.deepEqual(all.series[1].x, [2], "the evaluated step alone");
  const [apart] = chartModel(STATE, DATA, { ...CHOSEN, byDomain: true }).rows;
  assert.deepEqual(series(apart).slice(0, 3), [
    ["A, prose", [3.5, 2.5]],
    ["A, code", [2.5, 1.5]],
    ["Dense, prose", [3.5, 2.5]],
  ]);
});

test("the charts are marked where knobs were changed", () => {
  const { marks, lastStep } = chartModel(STATE, DATA, CHOSEN);
  assert.deepEqual([marks, lastStep], [[{ step: 1, label: "k = 2" }], 2]);
});

/** The view at an address, and its selects: measure, layer, cross-entropy. */
function viewAt(search = "") {
  const page = fakePage();
  const at = fakeAddress(search);
  let changes = 0;
  const view = buildView(DATA, () => changes++);
  const selects = onPage(page, view).tagged("select");
  view.fit(STATE);
  return { view, at, selects, changes: () => changes };
}

/** @param {any} select @param {string} value */
function choose(select, value) {
  select.value = value;
  select.fire("change");
}

test("what is chosen is shown, and stands in the address where it is not the usual", () => {
  const { view, at, selects, changes } = viewAt("?seed=3");
  const [metric, layer, loss] = selects;
  choose(metric, "dead");
  choose(layer, "1");
  choose(loss, "by_domain");
  assert.deepEqual(view.chosen(), { metric: "dead", layer: 1, byDomain: true });
  assert.equal(at.search, "?seed=3&metric=dead&layer=1&loss=by_domain");
  choose(metric, "entropy");
  assert.equal(at.search, "?seed=3&layer=1&loss=by_domain");
  assert.equal(changes(), 4);
});

test("what was chosen stays when the script knows nothing of it, and is in the address again", () => {
  const { view, at, selects } = viewAt();
  choose(selects[0], "sum");
  at.search = "?seed=5"; // as the script has written it
  view.take({ ...DATA });
  assert.equal(view.chosen().metric, "sum");
  assert.equal(at.search, "?seed=5&metric=sum");
});

test("a link brings what its address says, and the usual for what it does not say", () => {
  const { view, at, selects } = viewAt();
  choose(selects[0], "sum");
  at.search = "?layer=1&loss=by_domain";
  view.take({ ...DATA, address_reads: 2 });
  assert.deepEqual(view.chosen(), { metric: "entropy", layer: 1, byDomain: true });
  assert.deepEqual(selects.map(({ value }) => value), ["entropy", "1", "by_domain"]);
  assert.equal(at.search, "?layer=1&loss=by_domain");
});

test("the layers to choose are those that the models have", () => {
  const { view, selects } = viewAt();
  const [, layer] = selects;
  const texts = () => layer.options.map(({ textContent }) => textContent);
  assert.deepEqual(texts(), ["layer 0", "layer 1"]);
  choose(layer, "1");
  view.fit({ ...STATE, arms: [arm("B", 1, 16), arm("Dense", 0, 0)] });
  assert.deepEqual([texts(), layer.value, view.chosen().layer], [["layer 0"], "0", 0]);
});
