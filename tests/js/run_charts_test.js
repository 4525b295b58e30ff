// The live charts' figure, as it travels and as it is read.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  describe,
  expand,
  nearest,
  plain,
  ribbonValue,
  rowValues,
  stepsOf,
} from "../../moeviz/ui/components/run_charts/run_charts_figure.js";

/** @import { Figure, Line, Ribbon } from "../../moeviz/ui/components/run_charts/run_charts_figure.js" */

const PLAIN = { domain: "", held_out: false };

/** @type {(name: string, x: number[], y: (number | null)[], more?: Partial<Line>) => Line} */
const line = (name, x, y, more = {}) => ({
  type: "scatter",
  ...{ name, x, y },
  yaxis: "y",
  line: { color: "red" },
  meta: PLAIN,
  ...more,
});

/** @type {Ribbon} */
const RIBBON = { type: "heatmap", name: "A", x0: 10, dx: 10, z: [[50, 20], [10, 70], [40, 10]] };

/** @type {(data: (Line | Ribbon)[]) => Figure} */
const figure = (data) => ({
  data,
  layout: {
    height: 300,
    annotations: [{ text: "Cross-entropy, nats" }, { text: "Entropy" }],
    meta: { rows: [], dark_colorscale: null },
  },
});

/** @type {(kind: string, first: number, count: number) => any} */
const row = (kind, first, count) => ({ kind, first, count, top: 1, bottom: 0 });

test("even steps travel as three numbers", () => {
  const { layout } = figure([]);
  const sent = { ...line("A", [], [1, 2, 3]), x: { first: 1, last: 9, count: 3 } };
  const [trace] = expand({ data: [sent, line("B", [1, 2, 7], [])], layout }).data;
  assert.deepEqual(stepsOf(figure([trace])), [1, 5, 9]);
});

test("uneven steps travel as they are", () => {
  const { layout } = figure([]);
  const { data } = expand({ data: [line("B", [1, 2, 7], [4, 5, 6])], layout });
  assert.deepEqual(stepsOf(figure(data)), [1, 2, 7]);
});

test("a load travels as 255 · √share in one byte, a row an expert, and is read in per cent", () => {
  const bytes = btoa(String.fromCharCode(0, 255, 51, 102)); // 51 = 255 / 5, 102 = 255 · 2 / 5
  const { layout } = figure([]);
  const { data } = expand({ data: [{ ...RIBBON, z: { bytes, columns: 2 } }], layout });
  const [ribbon] = data;
  assert.ok(ribbon.type === "heatmap");
  const rounded = ribbon.z.map((each) => each.map((value) => Number(value.toFixed(9))));
  assert.deepEqual(rounded, [[0, 100], [4, 16]]);
});

test("a ribbon without steps has no rows", () => {
  const { layout } = figure([]);
  const { data } = expand({ data: [{ ...RIBBON, z: { bytes: "", columns: 0 } }], layout });
  assert.ok(data[0].type === "heatmap");
  assert.deepEqual(data[0].z, []);
});

test("what came is not changed: the same figure may be drawn again", () => {
  const { layout } = figure([]);
  const sent = { data: [{ ...line("A", [], [1]), x: { first: 0, last: 4, count: 2 } }], layout };
  const before = structuredClone(sent);
  const [trace] = expand(sent).data;
  assert.ok(trace.type === "scatter");
  trace.line.color = "changed by Plotly";
  assert.deepEqual(sent, before);
});

test("the nearest step is found, the earlier of two as near", () => {
  assert.equal(nearest([0, 10, 20], 14), 1);
  assert.equal(nearest([0, 10, 20], 15), 1);
  assert.equal(nearest([0, 10, 20], 16), 2);
  assert.equal(nearest([0, 10, 20], -5), 0);
  assert.equal(nearest([0, 10, 20], 99), 2);
});

test("the crosshair can stand on the steps of the longest line", () => {
  assert.deepEqual(stepsOf(figure([line("A", [1], [1]), line("B", [1, 2], [1, 1]), RIBBON])), [
    1,
    2,
  ]);
  assert.deepEqual(stepsOf(figure([])), []);
});

test("a row of lines says each line's value at the step nearest to it, in its colour", () => {
  const two = figure([
    line("A", [0, 10], [4, 3.25]),
    line("B &lt;b&gt;", [0, 20], [4, null], { line: { color: "blue" } }),
    line("empty", [], []),
  ]);
  assert.deepEqual(rowValues(two, row("lines", 0, 3), 12, null), [
    ["A 3.250", "red"],
    ["B <b> –", "blue"],
  ]);
});

test("a row reads its own traces alone", () => {
  const two = figure([line("A", [0], [4]), line("B", [0], [5])]);
  assert.deepEqual(rowValues(two, row("lines", 1, 1), 0, null), [["B 5", "red"]]);
});

test("lines by domain are read a domain a line, without held-out values", () => {
  /** @type {(arm: string, domain: string, y: number, held_out?: boolean) => Line} */
  const of = (arm, domain, y, held_out = false) =>
    line(`${arm}, ${domain}`, [0], [y], { meta: { domain, held_out } });
  const lines = [of("A", "code", 1.5), of("B", "code", 1.75), of("A", "French", 2.5)];
  const four = figure([...lines, of("A", "code", 9, true)]);
  assert.deepEqual(rowValues(four, row("lines", 0, 4), 0, null), [
    ["code: A 1.500, B 1.750", null],
    ["French: A 2.500", null],
  ]);
});

test("a ribbon says the busiest expert, or the one that is pointed at", () => {
  assert.deepEqual(ribbonValue(RIBBON, 10, null), ["busiest expert: 0, 50\u202f%", null]);
  assert.deepEqual(ribbonValue(RIBBON, 20, null), ["busiest expert: 1, 70\u202f%", null]);
  assert.deepEqual(ribbonValue(RIBBON, 20, 2), ["expert 2, 10\u202f%", null]);
  assert.deepEqual(rowValues(figure([RIBBON]), row("ribbon", 0, 1), 20, 0), [
    ["expert 0, 20\u202f%", null],
  ]);
});

test("a ribbon is read at its ends beyond them, and not at all without steps", () => {
  assert.deepEqual(ribbonValue(RIBBON, 0, 1), ["expert 1, 10\u202f%", null]);
  assert.deepEqual(ribbonValue(RIBBON, 900, 1), ["expert 1, 70\u202f%", null]);
  assert.deepEqual(ribbonValue({ ...RIBBON, z: [] }, 10, null), ["", null]);
});

test("an expert that a ribbon does not have is not pointed at in it", () => {
  assert.deepEqual(ribbonValue(RIBBON, 10, 3), ["busiest expert: 0, 50\u202f%", null]);
});

test("names that were escaped for Plotly are text again, each once", () => {
  assert.equal(plain("a &lt;b&gt; &amp; c"), "a <b> & c");
  assert.equal(plain("&amp;lt;"), "&lt;");
});

test("the picture says its last values in words", () => {
  const { layout } = figure([]);
  const lines = [line("A", [0, 10], [4, 3.25]), line("A", [0, 10], [1, 0.5], { yaxis: "y2" })];
  assert.match(
    describe({ data: [...lines, RIBBON], layout }),
    /over training steps\. Cross-entropy, nats, A: 3\.250; Entropy, A: 0\.500\. Use the left/,
  );
  assert.match(describe(figure([])), /No step yet/);
});
