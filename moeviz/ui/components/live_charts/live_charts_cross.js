// The crosshair: the step and the expert that it reads, and where its words stand. Paints nothing.

import { bandAt } from "./live_charts_bands.js";
import { nearest, stepsOf } from "./live_charts_model.js";
import { readingOf } from "./live_charts_readout.js";
import { clamp, cut, LINE, SIZE } from "./live_charts_text.js";

/** @import { Frame } from "./live_charts_frame.js" */
/** @import { Mark, Model } from "./live_charts_model.js" */
/** @import { Line, Reading } from "./live_charts_readout.js" */
/** @import { Range } from "./live_charts_scales.js" */
/** @import { Box, Measure } from "./live_charts_text.js" */

/** @typedef {{box: Box, lines: Line[], columns: number, columnWidth: number}} ReadoutBox */

export const RISE = 6; // over the row's edge: the tick there is covered whole
const PADDING = 6;
const KEY = 8;
const BESIDE = 8; // from the crosshair

/**
 * @typedef {object} Cross  the crosshair with its words
 * @property {number} index
 * @property {number | null} expert
 * @property {number} x  its pixel
 * @property {Reading} reading
 * @property {Box} titleBox  where its step is named
 * @property {(ReadoutBox | null)[]} boxes
 */

/**
 * The index of the step that the crosshair reads at a pixel; -1: there is none.
 * @param {Model} model
 * @param {Frame} frame
 * @param {number} pixel
 */
export const stepIndexAt = (model, frame, pixel) =>
  nearestWithin(
    stepsOf(model),
    frame.x.back(clamp(pixel, frame.left, frame.right)),
    frame.range,
  );

/**
 * The index of the nearest step that stands in a range; of all, where none does.
 * @param {ArrayLike<number>} steps
 * @param {number} wanted
 * @param {Range} range
 */
export function nearestWithin(steps, wanted, [low, high]) {
  const at = nearest(steps, wanted);
  if (steps[at] < low && steps[at + 1] <= high) return at + 1;
  if (steps[at] > high && steps[at - 1] >= low) return at - 1;
  return at;
}

/**
 * The crosshair at one of the model's steps.
 * @param {Model} model
 * @param {Frame} frame
 * @param {number} index
 * @param {number | null} expert
 * @param {Measure} measure
 * @param {Mark[]} [changes]  that are read off; those that stand there, where none are named
 * @returns {Cross}
 */
export function crossAt(model, frame, index, expert, measure, changes) {
  const steps = stepsOf(model);
  const x = clamp(frame.x.at(steps[index]), frame.left, frame.right);
  const reading = readingOf(model, index, expert, changes ?? changesAt(model, frame, steps, index));
  const titleBox = titleBoxAt(reading.title, x, frame, measure);
  return { index, expert, x, reading, titleBox, boxes: layoutReading(reading, x, frame, measure) };
}

/**
 * The changes at the crosshair: nearer to its step than to any other, and all of a band.
 * @param {Model} model
 * @param {Frame} frame
 * @param {ArrayLike<number>} steps
 * @param {number} index
 */
function changesAt({ marks }, frame, steps, index) {
  const band = bandAt(frame.marks, frame.x.at(steps[index])).map(({ step }) => step);
  return marks.filter(({ step }) => band.includes(step) || nearest(steps, step) === index);
}

/**
 * The changes whose words stand under a pixel; undefined: none do.
 * @param {Frame} frame
 * @param {{x: number, y: number}} pixel
 */
export function changesUnder({ marks }, { x, y }) {
  const under = marks.labels.find(({ box }) =>
    x >= box.x && x <= box.x + box.width && y >= box.y && y < box.y + box.height
  );
  return under && marks.shown.slice(under.group.from, under.group.to);
}

/**
 * Where the crosshair's step is named: over the axis, on the canvas.
 * @param {string} title
 * @param {number} x
 * @param {Frame} frame
 * @param {Measure} measure
 * @returns {Box}
 */
function titleBoxAt(title, x, { bottom, size }, measure) {
  const width = measure(title, SIZE, 600) + 12;
  const left = clamp(x - width / 2, 0, Math.max(0, size.width - width));
  return { x: left, y: bottom + 3, width, height: LINE + 2 };
}

/**
 * The expert under a pixel, in whichever ribbon it is; null elsewhere.
 * @param {Frame} frame
 * @param {number} y
 */
export function expertAt(frame, y) {
  for (const { kind, row, box } of frame.rows) {
    if (kind !== "ribbon" || y < box.y || y >= box.y + box.height) continue;
    return Math.floor(((y - box.y) / box.height) * row.experts);
  }
  return null;
}

/**
 * The boxes of a reading beside the crosshair: each at the top of its row, pushed down where one
 * above it is long, right of the crosshair where they fit there. They stay inside the rows, and
 * left of the lines' names, so that they cover no label.
 * @param {Reading} reading
 * @param {number} x
 * @param {Frame} frame
 * @param {Measure} measure
 * @returns {(ReadoutBox | null)[]}  null for a row that has nothing to say
 */
export function layoutReading({ rows }, x, frame, measure) {
  const columns = columnCounts(rows, frame.bottom - frame.top);
  const boxes = rows.map((lines, i) => boxOf(lines, columns[i], frame.right, measure));
  stack(boxes, frame);
  for (const each of boxes) if (each) each.box.x = sideOf(x, each.box.width, frame);
  return boxes;
}

/**
 * More columns for the longest where all together are higher than the rows.
 * @param {Line[][]} rows
 * @param {number} height
 */
function columnCounts(rows, height) {
  const counts = rows.map(() => 1);
  /** @param {number} i */
  const linesIn = (i) => Math.ceil(rows[i].length / counts[i]);
  for (;;) {
    const total = rows.reduce((sum, lines, i) => sum + (lines.length && heightOf(linesIn(i))), 0);
    const longest = rows.reduce((best, _, i) => (linesIn(i) > linesIn(best) ? i : best), 0);
    if (total <= height || linesIn(longest) <= 1) return counts;
    counts[longest]++;
  }
}

/** @param {number} lines */
const heightOf = (lines) => lines * LINE + RISE + 2;

/**
 * @param {Line[]} lines
 * @param {number} columns
 * @param {number} most  its width
 * @param {Measure} measure
 * @returns {ReadoutBox | null}
 */
function boxOf(lines, columns, most, measure) {
  if (!lines.length) return null;
  const room = Math.floor((most - PADDING) / columns) - PADDING - KEY;
  const short = lines.map((line) => ({ ...line, text: cut(line.text, room, measure) }));
  const columnWidth = Math.max(...short.map(({ text }) => measure(text))) + KEY + PADDING;
  const height = heightOf(Math.ceil(lines.length / columns));
  const box = { x: 0, y: 0, width: columnWidth * columns + PADDING, height };
  return { box, lines: short, columns, columnWidth };
}

/**
 * @param {(ReadoutBox | null)[]} boxes
 * @param {Frame} frame
 */
function stack(boxes, frame) {
  let floor = frame.top;
  boxes.forEach((each, i) => {
    if (!each) return;
    each.box.y = Math.max(frame.rows[i].box.y - RISE, floor);
    floor = each.box.y + each.box.height;
  });
  let ceiling = frame.bottom;
  for (const each of boxes.toReversed()) {
    if (!each) continue;
    each.box.y = Math.max(frame.top, Math.min(each.box.y, ceiling - each.box.height));
    ceiling = each.box.y;
  }
}

/**
 * @param {number} x
 * @param {number} width
 * @param {Frame} frame
 */
function sideOf(x, width, frame) {
  if (x + BESIDE + width <= frame.right) return x + BESIDE;
  if (x - BESIDE - width >= 0) return x - BESIDE - width;
  return Math.max(0, frame.right - width);
}
