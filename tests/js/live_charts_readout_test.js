// What the crosshair of live charts reads, at which step, and for which expert.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  changesUnder,
  crossAt,
  expertAt,
  nearestWithin,
  stepIndexAt,
} from "../../moeviz/ui/components/live_charts/live_charts_cross.js";
import { frameOf } from "../../moeviz/ui/components/live_charts/live_charts_frame.js";
import { nearest, stepsOf } from "../../moeviz/ui/components/live_charts/live_charts_model.js";
import { readingOf, spoken } from "../../moeviz/ui/components/live_charts/live_charts_readout.js";
import { describe } from "../../moeviz/ui/components/live_charts/live_charts_words.js";
import { line, measure, modelOf, ribbon } from "./live_charts_models.js";

/** @import { Model, Row } from "../../moeviz/ui/components/live_charts/live_charts_model.js" */

/** @type {(model: Model, index: number, expert?: number | null) => string[][]} */
const textsAt = (model, index, expert = null) =>
  readingOf(model, index, expert, []).rows.map((lines) => lines.map(({ text }) => text));

/** @type {(...more: Row[]) => Model} */
const withRows = (...more) => ({
  ...modelOf([line({})]),
  rows: [...modelOf([line({})]).rows, ...more],
});

test("the nearest step is found for any wanted one, the earlier of two as near", () => {
  const steps = [1, 2, 4, 8];
  const found = [-5, 1, 1.5, 2.9, 3, 3.1, 6, 7, 99].map((wanted) => nearest(steps, wanted));
  assert.deepEqual(found, [0, 0, 0, 1, 1, 2, 2, 3, 3]);
  assert.equal(nearest([], 3), -1);
});

test("a zoom keeps the crosshair among its steps where it has any", () => {
  const steps = [0, 10, 20, 30];
  assert.equal(nearestWithin(steps, 12, [12, 28]), 2);
  assert.equal(nearestWithin(steps, 27, [12, 28]), 2);
  assert.equal(nearestWithin(steps, 13, [12, 18]), 1);
});

test("every line is read, with its colour and dash, and a gap as a dash", () => {
  const model = modelOf([
    line({ y: [6, null, 4, 3] }),
    line({ name: "B", colour: "#222222", dash: true, y: [1, 2, 3, 4] }),
  ]);
  const { title, rows } = readingOf(model, 1, null, []);
  assert.equal(title, "step 2");
  assert.deepEqual(rows, [[
    { text: "A –", colour: "#111111", dash: false },
    { text: "B 2", colour: "#222222", dash: true },
  ]]);
});

test("a value of another step says of which", () => {
  const model = modelOf([line({}), line({ name: "A, held out", dash: true, x: [1], y: [7] })]);
  assert.deepEqual(textsAt(model, 0), [["A 6", "A, held out 7"]]);
  assert.deepEqual(textsAt(model, 3), [["A 3", "A, held out 7, step 1"]]);
});

test("large steps are written with separators", () => {
  const model = modelOf([line({ x: [1233.5], y: [6] })]);
  assert.equal(readingOf(model, 0, null, []).title, "step 1,234");
});

test("lines by domain are read a domain a line, all models in it, held-out ones in the table", () => {
  const series = ["A", "B"].map((arm) =>
    line({ name: `${arm}, python`, arm, domain: "python", y: [arm === "A" ? 2.5 : 3, 1, 1, 1] })
  );
  const heldOut = line({ name: "A, python, held out", arm: "A", domain: "python", dash: true });
  assert.deepEqual(textsAt(modelOf([...series, heldOut]), 0), [["python: A 2.500, B 3"]]);
});

test("a ribbon reads its fullest expert, or the one in question", () => {
  const colours = ["#0", "#1", "#2", "#3"];
  const model = withRows(ribbon({ colours }));
  assert.deepEqual(textsAt(model, 2)[1], ["most load: expert 2, 70\u202f%"]);
  assert.deepEqual(textsAt(model, 2, 1)[1], ["expert 1: 10\u202f%"]);
  assert.equal(readingOf(model, 2, 1, []).rows[1][0].colour, "#1");
});

test("a ribbon of no column says nothing, one of unknown loads says so", () => {
  assert.deepEqual(textsAt(withRows(ribbon({ columns: 0 })), 1)[1], []);
  assert.deepEqual(textsAt(withRows(ribbon({ share: () => NaN })), 1)[1], ["–"]);
});

test("a ribbon's own columns are read at the line's step", () => {
  const model = withRows(ribbon({ x0: 1.5, dx: 2, columns: 2, share: (_, column) => column / 10 }));
  assert.match(textsAt(model, 3)[1][0], /10/);
  assert.match(textsAt(model, 0)[1][0], / 0/);
});

const SIZE = { width: 800, height: 300, compact: false };

/**
 * What the first row says of knob changes at a step.
 * @param {Model} model
 * @param {number} index
 */
function changesAt(model, index) {
  const frame = frameOf(model, SIZE, null, null, measure);
  const lines = crossAt(model, frame, index, null, measure).reading.rows[0];
  return lines.map(({ text }) => text).filter((text) => /change|from step/.test(text));
}

test("the crosshair tells the changes of its step in their own words", () => {
  const marks = [{ step: 2, label: "A: k 2" }, { step: 3, label: "B: k 1" }];
  const model = { ...modelOf([line({})]), marks };
  assert.deepEqual(changesAt(model, 1), ["from step 2: A: k 2"]);
});

test("no change is lost between the points, however sparse these are", () => {
  const marks = Array.from({ length: 9 }, (_, i) => ({ step: 10 * i, label: `change ${i}` }));
  const model = { ...modelOf([line({ x: [10, 40, 70], y: [1, 2, 3] })], { lastStep: 90 }), marks };
  const told = [0, 1, 2].flatMap((index) => changesAt(model, index));
  assert.deepEqual(told, marks.map(({ step, label }) => `from step ${step}: ${label}`));
});

test("in a band the crosshair tells all changes, and how many more there are than it can name", () => {
  /** @param {number} count */
  const model = (count) => ({
    ...modelOf([line({ x: [50, 60], y: [1, 2] })], { lastStep: 500 }),
    marks: Array.from({ length: count }, (_, i) => ({ step: 48 + i, label: `change ${i}` })),
  });
  assert.deepEqual(
    changesAt(model(3), 0),
    [48, 49, 50].map((step, i) => `from step ${step}: change ${i}`),
  );
  const many = changesAt(model(30), 1);
  assert.equal(many.at(-1), `and ${30 - (many.length - 1)} more changes, in the table`);
});

test("words that stand under the pointer lead to the changes that they count", () => {
  const marks = [20, 21, 22, 23, 90].map((step) => ({ step, label: `change ${step}` }));
  const model = { ...modelOf([line({ x: [1, 50], y: [1, 2] })], { lastStep: 500 }), marks };
  const frame = frameOf(model, SIZE, null, null, measure);
  const { text, box } = frame.marks.labels[0];
  assert.equal(text, "4 changes, steps 20–23");
  const under = changesUnder(frame, { x: box.x + box.width - 1, y: box.y + 1 });
  assert.deepEqual(under?.map(({ step }) => step), [20, 21, 22, 23]);
  assert.equal(changesUnder(frame, { x: box.x, y: frame.bottom - 1 }), undefined);
  const { reading } = crossAt(model, frame, 0, null, measure, under);
  assert.equal(reading.rows[0].length, 1 + 4);
});

test("the pointer finds its step over the whole canvas", () => {
  const model = modelOf([line({ x: [10, 50, 90], y: [1, 2, 3] })], { lastStep: 100 });
  const frame = frameOf(model, { width: 800, height: 300, compact: false }, null, null, measure);
  const found = [-50, frame.x.at(12), frame.x.at(60), frame.x.at(88), 5000].map((pixel) =>
    stepIndexAt(model, frame, pixel)
  );
  assert.deepEqual(found, [0, 0, 1, 2, 2]);
});

test("the pointer finds its expert in a ribbon and none outside", () => {
  const model = withRows(ribbon({ experts: 4 }));
  const frame = frameOf(model, { width: 800, height: 300, compact: false }, null, null, measure);
  const { box } = frame.rows[1];
  const found = [0.01, 0.3, 0.6, 0.99].map((part) => expertAt(frame, box.y + part * box.height));
  assert.deepEqual(found, [0, 1, 2, 3]);
  assert.equal(expertAt(frame, box.y - 1), null);
  assert.equal(expertAt(frame, frame.rows[0].box.y + 1), null);
});

test("a long reading takes columns where the rows are low, and no line of it is lost", () => {
  const series = Array.from(
    { length: 24 },
    (_, i) => line({ name: `M${i}`, colour: `#0000${i + 10}` }),
  );
  const model = modelOf(series);
  const frame = frameOf(model, { width: 900, height: 200, compact: true }, null, null, measure);
  const [readout] = crossAt(model, frame, 1, null, measure).boxes;
  assert.ok(readout && readout.columns > 1);
  assert.equal(readout.lines.length, 24);
  for (const { text } of readout.lines) assert.ok(measure(text) + 8 <= readout.columnWidth);
  assert.ok(readout.box.y + readout.box.height <= frame.bottom + 1);
});

test("a reading is spoken as sentences", () => {
  const model = withRows(ribbon({}));
  const said = spoken(readingOf(model, 2, null, []));
  assert.equal(said, "step 3. A 4. most load: expert 2, 70\u202f%");
});

test("the charts are named by their title and where each line ends", () => {
  const named = describe(modelOf([line({}), line({ name: "B", x: [], y: [] })]), "Charts of run 7");
  assert.match(named, /^Charts of run 7\. Cross-entropy, A: 3\. Use the left and right arrow keys/);
  assert.match(describe(modelOf([]), "Charts"), /^Charts\. No step yet\./);
});

test("the crosshair stands at the steps of the longest line, or of a ribbon without lines", () => {
  assert.deepEqual(stepsOf(modelOf([line({ x: [1], y: [1] }), line({})])), [1, 2, 3, 4]);
  assert.deepEqual(stepsOf({ ...modelOf([]), rows: [ribbon({ x0: 1.5, dx: 2 })] }), [
    1.5,
    3.5,
    5.5,
    7.5,
  ]);
});
