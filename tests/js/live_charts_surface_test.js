// The saved vector picture is the one on the canvas, and no text in it is markup.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawCharts, piecesOf } from "../../moeviz/ui/components/live_charts/live_charts_draw.js";
import { frameOf } from "../../moeviz/ui/components/live_charts/live_charts_frame.js";
import {
  fullShare,
  levelOf,
  palette,
} from "../../moeviz/ui/components/live_charts/live_charts_heat.js";
import {
  canvasSurface,
  svgSurface,
} from "../../moeviz/ui/components/live_charts/live_charts_surface.js";
import { line, measure, modelOf, noisy, randomNumbers, ribbon } from "./live_charts_models.js";

/** @import { Model } from "../../moeviz/ui/components/live_charts/live_charts_model.js" */

const SIZE = { width: 640, height: 400, compact: false };
const LOOK = {
  ...{ ink: "#111", muted: "#666", faint: "#ddd", accent: "#06c", paper: "#fff" },
  ...{ family: '"Source Sans", sans-serif', dark: false },
};

/** @param {Model} model */
function svgOf(model) {
  const surface = svgSurface(SIZE, {
    family: LOOK.family,
    title: "Charts",
    paper: LOOK.paper,
    measure,
  });
  drawCharts(frameOf(model, SIZE, null, null, measure), model.placeholder, LOOK, surface);
  return surface.svg();
}

/** A canvas that writes down its corners and words. */
function recorder() {
  /** @type {string[]} */
  const corners = [];
  /** @type {string[]} */
  const words = [];
  const point = (/** @type {number} */ x, /** @type {number} */ y) =>
    corners.push(`${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`);
  const silent = () => {};
  /** @type {any} */
  const context = {
    ...{ beginPath: silent, stroke: silent, fill: silent, arc: silent, save: silent },
    ...{ restore: silent, rect: silent, clip: silent, fillRect: silent, setLineDash: silent },
    ...{ moveTo: point, lineTo: point, fillText: (/** @type {string} */ text) => words.push(text) },
  };
  return { context, corners, words };
}

/** @param {string} svg */
const textsIn = (svg) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

/** @param {string} svg */
const cornersIn = (svg) =>
  [...svg.matchAll(/ d="([^"]*)"/g)].flatMap(([, d]) => d.split(/[ML]/).slice(1));

const MODEL = modelOf(
  [line(noisy(30, 2, randomNumbers(1))), line({ name: "B", colour: "#b00", dash: true })],
  { lastStep: 30, marks: [{ step: 12, label: "k 2" }, { step: 13, label: "α 0.1" }] },
);

test("the vector picture has the corners and the words of the canvas, in the same order", () => {
  const { context, corners, words } = recorder();
  const frame = frameOf(MODEL, SIZE, null, null, measure);
  drawCharts(frame, MODEL.placeholder, LOOK, canvasSurface(context, LOOK.family));
  const svg = svgOf(MODEL);
  assert.ok(corners.length > 60 && words.length > 12);
  assert.deepEqual(cornersIn(svg), corners);
  assert.deepEqual(textsIn(svg), words);
});

test("markup in names and labels is text in the picture", () => {
  const evil = `<script>alert("1")</script>&amp;'`;
  const svg = svgOf({
    ...modelOf([line({ name: evil, colour: '"/><script>' })]),
    marks: [{ step: 2, label: evil }],
  });
  assert.ok(!svg.includes("<script"));
  assert.ok(svg.includes("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;'"));
});

test("characters that no XML may hold are left out", () => {
  const svg = svgOf(modelOf([], { placeholder: "No\u0000 \u001bstep\uffff\tyet" }));
  assert.ok(svg.includes(">No step\tyet<"));
});

test("words keep their widths in whatever font the picture is opened", () => {
  const widths = [...svgOf(MODEL).matchAll(/textLength="([\d.]+)"[^>]*>([^<]+)</g)];
  assert.ok(widths.length > 12);
  const title = widths.find(([, , text]) => text === "Cross-entropy, nats per token");
  assert.equal(Number(title?.[1]), measure("Cross-entropy, nats per token", 12));
});

test("every tag of the picture is closed", () => {
  const svg = svgOf({ ...MODEL, rows: [...MODEL.rows, ribbon({})] });
  /** @type {string[]} */
  const open = [];
  for (const [, closing, name, , alone] of svg.matchAll(/<(\/?)([a-zA-Z]+)([^>]*?)(\/?)>/g)) {
    if (closing) assert.equal(open.pop(), name);
    else if (!alone) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="640" height="400"/);
});

test("a ribbon in the picture covers each known cell once, in its colour", () => {
  const share = (/** @type {number} */ e, /** @type {number} */ c) =>
    [[0, 0.25, 1], [NaN, 0, 0]][e][c];
  const row = ribbon({ experts: 2, columns: 3, share });
  const heat = surfaceOfHeat();
  drawCharts(
    frameOf({ ...modelOf([]), rows: [row] }, SIZE, null, null, measure),
    "",
    LOOK,
    heat.surface,
  );
  const full = fullShare(2);
  const wanted = [0, 0.25, 1, NaN, 0, 0].map((load) => levelOf(load, full));
  assert.deepEqual([...heat.levels[0]], wanted);
  const svg = svgSurface(SIZE, { family: "", title: "", paper: "", measure });
  svg.heat({ x: 0, y: 0, width: 30, height: 20 }, {
    ...{ columns: 3, rows: 2, palette: palette(false) },
    levels: Int8Array.from(wanted),
  });
  const area = cellArea(svg.svg());
  assert.equal(area, 500); // six cells of 10 × 10, one of them unknown
});

/** A surface that keeps the grids of colours. */
function surfaceOfHeat() {
  /** @type {Int8Array[]} */
  const levels = [];
  const surface = svgSurface(SIZE, { family: "", title: "", paper: "", measure });
  surface.heat = (_, heat) => levels.push(heat.levels);
  return { surface, levels };
}

/** @param {string} svg */
const cellArea = (svg) =>
  [...svg.matchAll(/M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)/g)]
    .reduce((sum, [, x, y, right, bottom]) =>
      sum + (Number(right) - Number(x)) * (Number(bottom) - Number(y)), 0);

test("colours grow with the load, and stop at eight times the even share", () => {
  const full = fullShare(64);
  assert.equal(full, 0.125);
  const levels = [0, 0.01, 0.05, 0.125, 0.9].map((share) => levelOf(share, full));
  assert.deepEqual(levels, levels.toSorted((one, other) => one - other));
  assert.equal(levels[3], levels[4]);
  assert.equal(levelOf(NaN, full), -1);
});

test("a line breaks at gaps, and a point that stands alone is a dot", () => {
  const same = (/** @type {number} */ value) => value;
  const drawn = { ...line({}), x: [1, 2, 3, 4, 5], y: [1, 2, null, 4, NaN] };
  assert.deepEqual(piecesOf(drawn, same, same, [0, 9]), { paths: [[1, 1, 2, 2]], dots: [[4, 4]] });
});

test("a zoom draws its points and one neighbour on each side", () => {
  const same = (/** @type {number} */ value) => value;
  const drawn = line({ x: [1, 2, 3, 4, 5, 6], y: [1, 2, 3, 4, 5, 6] });
  const { paths } = piecesOf(drawn, same, same, [2.5, 3.5]);
  assert.deepEqual(paths, [[2, 2, 3, 3, 4, 4]]);
});
