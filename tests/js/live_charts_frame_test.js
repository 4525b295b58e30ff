// Where the words of live charts stand: on the canvas, and never over each other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { crossAt } from "../../moeviz/ui/components/live_charts/live_charts_cross.js";
import { frameOf } from "../../moeviz/ui/components/live_charts/live_charts_frame.js";
import { stepsOf } from "../../moeviz/ui/components/live_charts/live_charts_model.js";
import { intersect } from "../../moeviz/ui/components/live_charts/live_charts_text.js";
import {
  line,
  measure,
  modelOf,
  noisy,
  randomMarks,
  randomNumbers,
  ribbon,
} from "./live_charts_models.js";

/** @import { Frame } from "../../moeviz/ui/components/live_charts/live_charts_frame.js" */
/** @import { Model } from "../../moeviz/ui/components/live_charts/live_charts_model.js" */
/** @import { Box } from "../../moeviz/ui/components/live_charts/live_charts_text.js" */

const SIZE = { width: 800, height: 480, compact: false };

/** @param {Model} model */
const framed = (model, size = SIZE) => frameOf(model, size, null, null, measure);

/** @param {Frame} frame */
const linesIn = (frame) => frame.rows.filter((row) => row.kind === "lines");

/** @param {Frame} frame */
const ribbonsIn = (frame) => frame.rows.filter((row) => row.kind === "ribbon");

/** @param {Frame} frame */
const endTexts = (frame) => linesIn(frame).map(({ ends }) => ends.map(({ text }) => text));

/**
 * Some lines of several models, held-out ones dashed, a ribbon for each model.
 * @param {() => number} random
 * @param {number} models
 */
function randomModel(random, models) {
  const steps = 1 + Math.floor(random() * 200);
  const of = Array.from({ length: models }, (_, i) => ({
    name: "Model with a long name ".slice(0, 1 + Math.floor(random() * 22)) + i,
    colour: `#00000${i}`,
  }));
  const lines = of.flatMap(({ name, colour }) => [
    line({ name, colour, ...noisy(steps, 2, random) }),
    line({ name: `${name}, held out`, colour, dash: true, ...noisy(steps, 2, random) }),
  ]);
  const balance = { label: "Normalised entropy", bounds: /** @type {[number, number]} */ ([0, 1]) };
  return modelOf(lines, {
    lastStep: steps,
    marks: randomMarks(Math.floor(random() ** 2 * 150), steps, random),
    rows: [
      ...modelOf(lines).rows,
      { kind: "lines", ...balance, series: lines.map((each) => ({ ...each, y: each.x })) },
      ...of.map(({ name }) => ribbon({ name, columns: steps, experts: 8 })),
    ],
  });
}

/** @param {Frame} frame */
function wordBoxes(frame) {
  return {
    marks: frame.marks.labels.map(({ box }) => box),
    titles: frame.rows.map(({ title }) => title.box),
    ends: linesIn(frame).flatMap(({ ends }) => ends.map(({ box }) => box)),
  };
}

/**
 * @param {Box[]} boxes
 * @param {string} why
 */
function assertApart(boxes, why) {
  boxes.forEach((box, i) => {
    for (const other of boxes.slice(i + 1)) {
      assert.ok(!intersect(box, other), `${why}: ${JSON.stringify([box, other])}`);
    }
  });
}

test("labels of changes, titles, ends of lines and readouts never overlap, and stay on the canvas", () => {
  for (let seed = 0; seed < 120; seed++) {
    const random = randomNumbers(seed);
    const model = randomModel(random, 1 + Math.floor(random() * 4));
    const size = { width: 300 + random() * 1000, height: 330 + random() * 430, compact: false };
    const frame = framed(model, size);
    const { marks, titles, ends } = wordBoxes(frame);
    assertApart([...marks, ...titles, ...ends], `seed ${seed}`);
    const index = Math.floor(random() * stepsOf(model).length);
    const { boxes, titleBox } = crossAt(model, frame, index, null, measure);
    const readouts = boxes.flatMap((each) => (each ? [each.box] : []));
    assertApart([...readouts, titleBox], `seed ${seed}`);
    for (const box of readouts) assertOff(box, [...marks, ...ends], `seed ${seed}`);
    for (const { x, y, width, height } of [...marks, ...titles, ...ends, ...readouts, titleBox]) {
      assert.ok(x >= 0 && x + width <= size.width + 1e-6, `seed ${seed}`);
      assert.ok(y >= 0 && y + height <= size.height, `seed ${seed}`);
    }
  }
});

/**
 * @param {Box} box
 * @param {Box[]} others
 * @param {string} why
 */
function assertOff(box, others, why) {
  for (const other of others) assert.ok(!intersect(box, other), why);
}

test("rows fill the height from top to bottom and share the axis of steps", () => {
  const frame = framed(randomModel(randomNumbers(1), 2));
  const tops = frame.rows.map(({ box }) => box.y);
  assert.deepEqual(tops, tops.toSorted((one, other) => one - other));
  assert.equal(new Set(frame.rows.map(({ box }) => `${box.x} ${box.width}`)).size, 1);
  assert.ok(SIZE.height - frame.bottom >= 18 && SIZE.height - frame.bottom <= 26);
});

test("no line of a knob change crosses a title", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = randomNumbers(seed);
    const size = { width: 300 + random() * 900, height: 380, compact: seed % 2 === 0 };
    const frame = framed(randomModel(random, 2), size);
    const { marks, rows } = frame;
    const poles = marks.labels.map(({ pole, box }) => ({
      ...{ x: pole - 0.5, y: box.y, width: 1 },
      height: rows[0].box.y - box.y,
    }));
    const lines = rows.flatMap(({ box }) =>
      marks.lines.map((at) => ({ x: at - 0.5, y: box.y, width: 1, height: box.height }))
    );
    for (const { title } of rows) assertOff(title.box, [...poles, ...lines], `seed ${seed}`);
  }
});

test("each line's end carries its name and its last value", () => {
  const y = [6, 5, null, NaN];
  const frame = framed(
    modelOf([line({ y }), line({ name: "B", colour: "#222222", y: [1, 2, 3, 4] })]),
  );
  assert.deepEqual(endTexts(frame), [["A 5", "B 4"]]);
});

test("a held-out line is labelled where there is room, and goes without where there is none", () => {
  const series = [line({}), line({ name: "A, held out", dash: true })];
  assert.deepEqual(endTexts(framed(modelOf(series))), [["A 3", "A, held out 3"]]);
  const narrow = framed(modelOf(series), { ...SIZE, width: 390 });
  assert.deepEqual(endTexts(narrow), [["A 3"]]);
});

test("on a narrow canvas names are cut and values are not", () => {
  const series = [line({ name: "Without load balancing at all", y: [6, 5, 4, 2.345] })];
  const [[text]] = endTexts(framed(modelOf(series), { ...SIZE, width: 390 }));
  assert.match(text, /^With.*… 2\.345$/);
});

test("more lines than labels have room for say how many more there are", () => {
  const series = Array.from(
    { length: 40 },
    (_, i) => line({ name: `M${i}`, colour: `#0000${i + 10}` }),
  );
  const [texts] = endTexts(framed(modelOf(series), { ...SIZE, height: 200 }));
  assert.match(texts[texts.length - 1], /^and \d+ more$/);
  assert.equal(texts.length - 1 + Number(texts[texts.length - 1].match(/\d+/)?.[0]), 40);
});

test("lines by domain have a label for each model and each domain, with lowest and highest", () => {
  const series = ["A", "B"].flatMap((arm, i) =>
    ["python", "french"].map((domain, j) =>
      line({
        name: `${arm}, ${domain}`,
        arm,
        domain,
        colour: `#00000${i}`,
        y: [9, 9, 9, i + 2 * j],
      })
    )
  );
  const [texts] = endTexts(framed(modelOf(series)));
  assert.deepEqual(texts, ["A", "B", "python 0–1", "french 2–3"]);
});

test("before the first step there are axes without made-up values, and the same room", () => {
  const empty = framed(modelOf([line({ x: [], y: [] })], { lastStep: 0 }));
  assert.ok(empty.empty);
  assert.ok(linesIn(empty)[0].ticks.every(({ text }) => text === ""));
  const begun = framed(modelOf([line({ x: [1], y: [6.125] })], { lastStep: 1 }));
  assert.deepEqual([begun.left, begun.right, begun.bottom], [
    empty.left,
    empty.right,
    empty.bottom,
  ]);
});

test("a model without rows has a frame too", () => {
  const frame = framed({
    rows: [],
    marks: [{ step: 1, label: "k 2" }],
    lastStep: 9,
    placeholder: "",
  });
  assert.equal(frame.rows.length, 0);
});

test("bounds that are given hold, and others stay from frame to frame", () => {
  const rows = modelOf([line({})]).rows.map((row) => ({ ...row, bounds: [0, 8] }));
  const fixed = framed(/** @type {Model} */ ({ ...modelOf([]), rows }));
  assert.deepEqual(fixed.memory.bounds, [[0, 8]]);
  const first = framed(modelOf([line({ y: [6, 5, 4, 2.02] })]));
  const next = modelOf([line({ y: [6, 5, 4, 3.2] })]);
  const second = frameOf(next, SIZE, null, first.memory, measure);
  assert.deepEqual(second.memory.bounds, first.memory.bounds);
});

test("a zoom shows its steps, and the values there fill the row", () => {
  const model = modelOf([line({ x: [0, 50, 100], y: [9, 2, 1] })], { lastStep: 100 });
  const frame = frameOf(model, SIZE, [50, 100], null, measure);
  assert.equal(frame.x.at(50), frame.left);
  assert.equal(frame.x.at(100), frame.right);
  assert.ok(frame.memory.bounds[0][1] < 4);
  assert.deepEqual(frame.whole, [0, 100]);
});

test("marks are placed again only when they, the steps or the width have changed", () => {
  const model = modelOf([line({})], { marks: [{ step: 2, label: "k 2" }] });
  const first = framed(model);
  const same = frameOf({ ...model, marks: [...model.marks] }, SIZE, null, first.memory, measure);
  assert.equal(same.marks, first.marks);
  const more = [...model.marks, { step: 3, label: "k 1" }];
  const changed = frameOf({ ...model, marks: more }, SIZE, null, first.memory, measure);
  assert.equal(changed.marks.labels.length, 2);
});

test("experts' numbers are thinned to what can be read", () => {
  const model = modelOf([line({})]);
  const frame = framed({ ...model, rows: [...model.rows, ribbon({ experts: 64 })] });
  const [{ ticks, box }] = ribbonsIn(frame);
  assert.ok(ticks.length >= 3 && ticks.length <= box.height / 11);
  assert.equal(ticks[0].text, "0");
  for (let i = 1; i < ticks.length; i++) assert.ok(ticks[i].at - ticks[i - 1].at >= 11);
});

test("the scale of colours names the even load, and says where stronger ones look alike", () => {
  const model = modelOf([line({})]);
  const key = (/** @type {number} */ experts) => {
    const frame = framed({
      ...model,
      rows: [...model.rows, ribbon({ experts }), ribbon({ experts })],
    });
    assert.equal(ribbonsIn(frame)[1].key.length, 0);
    return ribbonsIn(frame)[0].key.map(({ text }) => text);
  };
  assert.deepEqual(key(8), ["100\u202f%", "even 12.5\u202f%", "0"]);
  assert.deepEqual(key(64), ["≥ 12.5\u202f%", "even 1.56\u202f%", "0"]);
});
