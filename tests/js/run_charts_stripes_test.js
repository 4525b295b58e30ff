// Where compared lines agree, each of them stays visible.

import assert from "node:assert/strict";
import { test } from "node:test";

import { striped } from "../../moeviz/ui/components/run_charts/run_charts_stripes.js";

const STEPS = Array.from({ length: 11 }, (_, i) => 10 * i);
const SIZE = { width: 1100, height: 140 }; // with its margins: 1,000 pixels for 100 steps, 100 for a height of 10
const layout = /** @type {any} */ ({
  margin: { l: 40, r: 60, t: 20, b: 20 },
  xaxis: { range: [0, 100] },
  yaxis: { range: [0, 10], domain: [0, 1] },
  annotations: [],
  meta: {},
});

/** @param {string} color @param {(number | null)[]} y @param {{yaxis?: string, dash?: string}} [more] */
const line = (color, y, { yaxis = "y", dash = "solid" } = {}) => /** @type {any} */ ({
  type: "scatter",
  ...{ name: color, x: STEPS, y, yaxis },
  line: { color, width: 2, dash },
  meta: { domain: "", held_out: dash !== "solid" },
});

/** @param {number} value */
const flat = (value) => STEPS.map(() => value);

/** The stripes that are drawn for these lines. @param {any[]} lines @param {any} [shown] */
function stripesOf(lines, shown = layout) {
  const drawn = striped({ data: lines, layout: shown }, SIZE);
  assert.deepEqual(drawn.slice(0, lines.length), lines, "the figure's own lines stay whole");
  return /** @type {any[]} */ (drawn.slice(lines.length));
}

/** Which pixels of a period a stripe covers. @param {string} dash */
function covered(dash) {
  let at = 0;
  const lengths = dash.split(",").map(parseFloat);
  return lengths.flatMap((length, i) => {
    at += length;
    return i % 2 ? [] : Array.from({ length }, (_, pixel) => at - length + pixel);
  });
}

test("of equal lines all but the last are stripes on it, each at a place of its own", () => {
  const stripes = stripesOf(["red", "green", "blue", "grey"].map((each) => line(each, flat(5))));
  assert.deepEqual(stripes.map(({ line }) => line.color), ["red", "green", "blue"]);
  const places = stripes.map(({ line }) => covered(line.dash));
  assert.equal(new Set(places.flat()).size, 3 * 7, "no stripe lies on another");
  const periods = stripes.map(({ line }) =>
    line.dash.split(",").reduce(
      (/** @type {number} */ sum, /** @type {string} */ each) => sum + parseFloat(each),
      0,
    )
  );
  assert.deepEqual(periods, [28, 28, 28], "the last line keeps a quarter");
});

test("stripes lie where the lines agree, and nowhere else", () => {
  const apart = STEPS.map((step) => step <= 50 ? 5 : 9);
  const [stripe, ...more] = stripesOf([line("red", flat(5)), line("blue", apart)]);
  assert.equal(more.length, 0);
  const steps = stripe.x.filter((/** @type {number | null} */ step) => step !== null);
  assert.deepEqual(steps.map(Math.round), [0, 10, 20, 30, 40, 50]);
  assert.ok(stripe.y.every((/** @type {number | null} */ y) => y === null || y === 5));
});

test("lines that are told apart by the eye have no stripes, as long as they are drawn so large", () => {
  const near = [line("red", flat(5)), line("blue", flat(5.1))];
  assert.equal(stripesOf(near).length, 1);
  const zoomed = { ...layout, yaxis: { ...layout.yaxis, range: [4.5, 5.5] } };
  assert.deepEqual(stripesOf(near, zoomed), []);
});

test("a line hides none of another row, of another kind or of its own colour", () => {
  const rows = { ...layout, yaxis2: layout.yaxis };
  const lines = [
    line("red", flat(5)),
    line("blue", flat(5), { yaxis: "y2" }),
    line("green", flat(5), { dash: "dash" }),
    line("red", flat(5)),
  ];
  assert.deepEqual(stripesOf(lines, rows), []);
});

test("stripes on dashes are as long as these, and leave them their turn", () => {
  const [stripe] = stripesOf(["red", "blue"].map((each) => line(each, flat(5), { dash: "dash" })));
  assert.equal(stripe.line.dash, "0px,0px,5px,13px");
});

test("a step without a value ends a stripe", () => {
  const gap = STEPS.map((step) => step === 50 ? null : 5);
  const [stripe] = stripesOf([line("red", gap), line("blue", gap)]);
  const steps = stripe.x.map((/** @type {number | null} */ x) => x === null ? null : Math.round(x));
  assert.deepEqual(steps, [0, 10, 20, 30, 40, null, 60, 70, 80, 90, 100, null]);
});
