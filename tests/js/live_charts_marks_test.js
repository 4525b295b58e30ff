// Labels of knob changes never stand over each other, and all changes are told.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bandAt } from "../../moeviz/ui/components/live_charts/live_charts_bands.js";
import { layoutMarks } from "../../moeviz/ui/components/live_charts/live_charts_marks.js";
import { intersect } from "../../moeviz/ui/components/live_charts/live_charts_text.js";
import { measure, randomMarks, randomNumbers } from "./live_charts_models.js";

/** @import { MarkLabel } from "../../moeviz/ui/components/live_charts/live_charts_marks.js" */

const STRIP = { left: 0, right: 600, bottom: 30, lanes: 2, pitch: 15 };

/** @param {string} text */
const width = (text) => measure(text, 11);

/** @param {number} step */
const asPixel = (step) => step;

/** @param {[number, string][]} marks */
const laid = (...marks) =>
  layoutMarks(marks.map(([step, label]) => ({ step, label })), asPixel, STRIP, width);

/** @param {{labels: MarkLabel[]}} laid */
const textsOf = ({ labels }) => labels.map(({ text }) => text);

test("a single mark has its own words at its line, in the lowest lane", () => {
  const { lines, labels } = laid([100, "k 2"]);
  assert.deepEqual(lines, [100.5]);
  assert.equal(labels[0].text, "k 2");
  assert.deepEqual([labels[0].box.x, labels[0].box.y], [100.5, 15]);
});

test("a label that would leave the strip stands left of its line", () => {
  const { labels } = laid([590, "balance coefficient 0.02"]);
  assert.equal(labels[0].box.x + labels[0].box.width, labels[0].pole);
});

test("two changes that are close stand in two lanes, the newer one below", () => {
  const { labels } = laid([100, "capacity factor 1.25"], [120, "experts per token 2"]);
  assert.deepEqual(labels.map(({ text, lane }) => [text, lane]), [
    ["capacity factor 1.25", 1],
    ["experts per token 2", 0],
  ]);
});

test("where no lane is free changes are counted, and the newest keeps its words", () => {
  const marks = Array.from({ length: 40 }, (_, i) => [10 + i, `capacity factor ${i}`]);
  const texts = textsOf(laid(.../** @type {[number, string][]} */ (marks)));
  assert.equal(texts.at(-1), "capacity factor 39");
  assert.match(texts[0], /^\d+ changes, steps 10–\d+$/);
  assert.ok(texts.length <= 4, texts.join("; "));
});

test("changes of one step are told together where their words are few, else counted", () => {
  assert.deepEqual(textsOf(laid([50, "A: k 2"], [50, "B: k 1"])), ["A: k 2; B: k 1"]);
  const many = Array.from({ length: 9 }, (_, i) => [1200, `capacity factor ${i}`]);
  const { labels } = layoutMarks(
    many.map(([step, label]) => ({ step: Number(step), label: String(label) })),
    (step) => step / 4,
    STRIP,
    width,
  );
  assert.deepEqual(labels.map(({ text }) => text), ["9 changes, step 1,200"]);
});

test("changes too close to be told apart are one band, counted, with a line at each end", () => {
  const { lines, bands, labels } = laid(
    [100, "k 2"],
    [104, "k 1"],
    [109, "k 3"],
    [300, "newest"],
  );
  assert.deepEqual(lines, [100.5, 109.5, 300.5]);
  assert.deepEqual(bands.map(({ first, last }) => [first, last]), [[100.5, 109.5]]);
  assert.deepEqual(textsOf({ labels }), ["3 changes, steps 100–109", "newest"]);
});

test("the newest change of a band keeps its own words", () => {
  const { bands, labels } = laid([100, "k 2"], [104, "k 1"], [109, "k 3"]);
  assert.equal(bands.length, 1);
  assert.deepEqual(textsOf({ labels }), ["2 changes, steps 100–104", "k 3"]);
});

test("two changes are two lines, however close", () => {
  const { lines, bands } = laid([100, "k 2"], [103, "k 1"]);
  assert.deepEqual([lines, bands], [[100.5, 103.5], []]);
});

test("of random marks no line stands in a band, and lines of their own keep apart", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = randomNumbers(seed);
    const marks = randomMarks(Math.floor(random() ** 2 * 300), 599, random);
    const { lines, bands, shown } = layoutMarks(marks, asPixel, STRIP, width);
    for (const { first, last, group } of bands) {
      const inside = lines.filter((at) => at > first && at < last);
      assert.deepEqual(inside, [], `seed ${seed}`);
      assert.ok(group.to - group.from >= 3, `seed ${seed}`);
    }
    const crowded = lines.filter((at, i) => lines[i + 2] - at < 8);
    const bandEdges = bands.flatMap(({ first, last }) => [first, last]);
    assert.ok(crowded.every((at) => bandEdges.includes(at)), `seed ${seed}`);
    const drawn = (/** @type {number} */ step) =>
      lines.includes(step + 0.5) ||
      bands.some(({ first, last }) => step + 0.5 > first && step + 0.5 < last);
    assert.ok(shown.every(({ step }) => drawn(step)), `seed ${seed}`);
  }
});

test("a pixel in a band, or beside it, stands for all of its changes", () => {
  const marks = laid([100, "k 2"], [104, "k 1"], [109, "k 3"], [300, "alone"]);
  /** @param {number} x */
  const read = (x) => bandAt(marks, x).map(({ label }) => label);
  for (const x of [97, 104, 107, 113]) assert.deepEqual(read(x), ["k 2", "k 1", "k 3"]);
  for (const x of [94, 200, 300.5]) assert.deepEqual(read(x), []);
});

test("marks outside the shown steps have neither line nor label", () => {
  const { lines, labels, shown } = laid([-5, "before"], [300, "k 2"], [900, "after"]);
  assert.deepEqual([lines.length, labels.length, shown.length], [1, 1, 1]);
});

test("words that are wider than the strip are cut, and none are drawn where none fit", () => {
  const marks = [{ step: 20, label: "a very long change of a knob" }];
  const narrow = layoutMarks(marks, asPixel, { ...STRIP, right: 60 }, width);
  assert.match(narrow.labels[0].text, /^a very.*…$/);
  assert.ok(narrow.labels[0].box.width <= 60);
  const none = layoutMarks(marks, asPixel, { ...STRIP, left: 15, right: 25 }, width);
  assert.deepEqual([none.lines.length, none.labels.length], [1, 0]);
});

/**
 * Where the pole of a label passes the lanes below it.
 * @param {MarkLabel} label
 * @param {number} bottom
 */
const poleOf = ({ pole, box }, bottom) => ({
  x: pole,
  y: box.y + box.height,
  width: 1e-6,
  height: bottom - box.y - box.height,
});

test("of random marks no two labels overlap, no pole passes words, and each mark is told", () => {
  for (let seed = 0; seed < 250; seed++) {
    const random = randomNumbers(seed);
    const strip = { ...STRIP, right: 40 + random() * 1200, lanes: 1 + Math.floor(random() * 3) };
    const steps = 1 + Math.floor(random() ** 2 * 20_000);
    const marks = randomMarks(Math.floor(random() ** 3 * 400), steps, random);
    /** @param {number} step */
    const at = (step) => (strip.right * step) / (steps + 1);
    const { shown, labels } = layoutMarks(marks, at, strip, width);
    labels.forEach((label, i) => {
      const { box, text } = label;
      assert.ok(box.x >= strip.left && box.x + box.width <= strip.right, `seed ${seed}`);
      assert.ok(box.y >= strip.bottom - strip.lanes * strip.pitch, `seed ${seed}`);
      assert.ok(box.y + box.height <= strip.bottom, `seed ${seed}`);
      assert.ok(width(text) <= box.width, `seed ${seed}: ${text}`);
      for (const other of labels.slice(i + 1)) {
        assert.ok(!intersect(box, other.box), `seed ${seed}: ${text} overlaps ${other.text}`);
      }
      for (const other of labels) {
        const crossed = other !== label && intersect(poleOf(label, strip.bottom), other.box);
        assert.ok(!crossed, `seed ${seed}: the pole of ${text} passes ${other.text}`);
      }
    });
    const told = labels.flatMap(({ group }) => shown.slice(group.from, group.to));
    assert.deepEqual(told, shown, `seed ${seed}`);
  }
});

test("a label that counts says how many there are, and from which step to which", () => {
  const random = randomNumbers(7);
  const marks = randomMarks(300, 599, random);
  const { shown, labels } = layoutMarks(marks, asPixel, STRIP, width);
  const counting = labels.filter(({ group }) => group.to - group.from > 1);
  assert.ok(counting.length > 0);
  for (const { text, group } of counting) {
    const told = shown.slice(group.from, group.to);
    if (!text.includes("changes")) continue;
    const [count, first, last] = text.replaceAll(",", "").match(/\d+/g)?.map(Number) ?? [];
    assert.equal(count, told.length);
    assert.equal(first, told[0].step);
    assert.equal(last ?? first, told[told.length - 1].step);
  }
});
