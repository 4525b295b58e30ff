// A figure in the page's tones.

import assert from "node:assert/strict";
import { test } from "node:test";

import { themed } from "../../moeviz/ui/components/chart/chart.js";

const TONES = { ink: "black", muted: "grey", paper: "white", accent: "blue", family: "Sans" };

/** @type {() => {data: object[], layout: {[name: string]: any, height: number}}} */
const figure = () => ({
  data: [{
    marker: { color: ["tone:accent", "red"] },
    text: "tone deaf",
    y: [1, null, "tone:ink"],
  }],
  layout: { height: 300, font: { size: 12 }, xaxis: { gridcolor: "tone:muted" } },
});

test("tones are replaced wherever they stand, other strings are left alone", () => {
  const { data, layout } = themed(figure(), TONES);
  assert.deepEqual(data, [
    { marker: { color: ["blue", "red"] }, text: "tone deaf", y: [1, null, "black"] },
  ]);
  assert.equal(layout.xaxis.gridcolor, "grey");
  assert.equal(layout.height, 300);
});

test("type and hover labels are the page's own", () => {
  const { layout } = themed(figure(), TONES);
  assert.deepEqual(layout.font, { size: 12, color: "black", family: "Sans" });
  assert.equal(layout.hoverlabel.bgcolor, "white");
  assert.equal(layout.hoverlabel.font.color, "black");
});

test("Plotly, which changes what it is given, gets a copy", () => {
  const given = figure();
  const { data, layout } = themed(given, TONES);
  Object.assign(layout.xaxis, { range: [0, 1] });
  Object.assign(data[0], { uid: "made by Plotly" });
  assert.deepEqual(given, figure());
});
