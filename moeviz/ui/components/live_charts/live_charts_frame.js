// Where everything lies on the canvas: rows from top to bottom on one axis of steps.
//
// From the top: the first title, lanes for the labels of knob changes, the first row, so that what
// leads from a label into the rows passes no title; then the other rows under theirs, then the axis
// of steps. At the left stand ticks and experts' numbers, at the right names and last values.
// Knows no colours and draws nothing.

import { number } from "../shared/shared.js";
import { KEY, mainEnds } from "./live_charts_ends.js";
import { layoutMarks } from "./live_charts_marks.js";
import { isEmpty, ribbonsOf } from "./live_charts_model.js";
import {
  APART,
  endsIn,
  keyOf,
  linesFrame,
  NARROW,
  ribbonFrame,
  TITLE,
  titleOf,
  widest,
} from "./live_charts_rows.js";
import {
  scale,
  stepTicks,
  stickyBounds,
  tickWords,
  valuesWithin,
  valueTicks,
  wholeRun,
} from "./live_charts_scales.js";
import { clamp, LINE, roundWidth, SMALL } from "./live_charts_text.js";

/** @import { Mark, Model, Row } from "./live_charts_model.js" */
/** @import { Strip } from "./live_charts_marks.js" */
/** @import { Range, Scale } from "./live_charts_scales.js" */
/** @import { Measure } from "./live_charts_text.js" */

/** @typedef {{width: number, height: number, compact: boolean}} Size */

/** @typedef {ReturnType<typeof frameOf>} Frame */

/**
 * What the next frame keeps of this one: the picture stays still, and marks stay in their places.
 * @typedef {object} Memory
 * @property {string} key
 * @property {Range[]} bounds
 * @property {{key: string, measure: Measure, laid: ReturnType<typeof layoutMarks>} | null} marks
 */

const LANE = 15;
const SPAN = 6; // under the lanes, for the lines that show how far a count reaches
const GAP = 7;
const AXIS = 20;
const AXIS_WORDS = "training step";
const LEAST_LEFT = 40;
const WEIGHTS = { first: 130, lines: 84, ribbon: 60 };
const LEAST_ROW = 16; // pixels, for one label

/**
 * @param {Model} model
 * @param {Size} size
 * @param {Range | null} zoom
 * @param {Memory | null} before
 * @param {Measure} measure
 */
export function frameOf(model, size, zoom, before, measure) {
  const whole = wholeRun(model.lastStep);
  const range = zoom ?? whole;
  const memory = remember(model, zoom, before);
  const lanes = size.compact ? 1 : 2;
  const top = LINE + lanes * LANE;
  const heights = rowHeights(model.rows, size.height - (top + SPAN - TITLE) - AXIS);
  const [left, right] = gutters(model, memory.bounds, heights, size, measure);
  const x = scale(range, [left, size.width - right]);
  const at = { left, right: size.width - right, width: size.width };
  let y = 0;
  const rows = model.rows.map((row, i) => {
    const title = titleOf(row.label, y, size.width, measure);
    y = i === 0 ? top + SPAN : y + TITLE;
    const box = { x: left, y, width: at.right - left, height: heights[i] };
    y += heights[i] + GAP;
    return row.kind === "lines"
      ? linesFrame(row, box, title, memory.bounds[i], at, measure)
      : ribbonFrame(row, box, title, model);
  });
  const strip = { left, right: at.right, bottom: top, lanes, pitch: LANE };
  memory.marks = placedMarks(model.marks, x, range, strip, before, measure);
  const bottom = rows.length ? rows[rows.length - 1].box.y + heights[heights.length - 1] : top;
  return {
    ...{ size, left: at.left, right: at.right, top, bottom, x, rows, memory, whole, range },
    marks: memory.marks.laid,
    steps: axisTicks(range, x, at, measure),
    axis: measure(AXIS_WORDS, SMALL) <= right - 12 ? AXIS_WORDS : "step",
    empty: isEmpty(model),
  };
}

/**
 * The axes' bounds; with another zoom or other rows nothing of before is kept.
 * @param {Model} model
 * @param {Range | null} zoom
 * @param {Memory | null} before
 * @returns {Memory}
 */
function remember(model, zoom, before) {
  const key = JSON.stringify([zoom, model.rows.map(({ kind, label }) => [kind, label])]);
  const kept = before?.key === key ? before.bounds : null;
  const bounds = model.rows.map((row, i) => {
    if (row.kind === "ribbon") return /** @type {Range} */ ([0, 1]);
    if (row.bounds) return row.bounds;
    const within = row.series.flatMap((line) => valuesWithin(line, zoom ?? [-Infinity, Infinity]));
    return stickyBounds(kept?.[i] ?? null, within);
  });
  return { key, bounds, marks: null };
}

/**
 * Hundreds of marks are placed in milliseconds, and change rarely: what was found before is kept.
 * @param {Mark[]} marks
 * @param {Scale} x
 * @param {Range} range
 * @param {Strip} strip
 * @param {Memory | null} before
 * @param {Measure} measure
 */
function placedMarks(marks, x, range, strip, before, measure) {
  const key = JSON.stringify([marks, range, strip]);
  if (before?.marks?.key === key && before.marks.measure === measure) return before.marks;
  return { key, measure, laid: layoutMarks(marks, x.at, strip, (text) => measure(text, SMALL)) };
}

/**
 * Rows share the height by their weights; a row of many labels gets what these need.
 * @param {Row[]} rows
 * @param {number} height
 */
function rowHeights(rows, height) {
  const kinds = rows.map(({ kind }, i) =>
    kind === "ribbon" ? "ribbon" : i === 0 ? "first" : "lines"
  );
  const weights = rows.map((row, i) => Math.max(WEIGHTS[kinds[i]], LINE * labelsOf(row)));
  const room = height - rows.length * (TITLE + GAP) + GAP;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Math.max(LEAST_ROW, Math.floor((room * weight) / sum)));
}

/** @param {Row} row */
const labelsOf = (row) => (row.kind === "lines" ? mainEnds(row.series).length : 0);

/**
 * The widths that ticks and labels need, in steps, so that running numbers do not move the rows.
 * @param {Model} model
 * @param {Range[]} bounds
 * @param {number[]} heights
 * @param {Size} size
 * @param {Measure} measure
 */
function gutters(model, bounds, heights, size, measure) {
  const most = Math.floor(size.width * (size.width < NARROW ? 0.32 : 0.25));
  let [left, right] = [LEAST_LEFT, measure("step") + 12];
  model.rows.forEach((row, i) => {
    if (row.kind !== "lines") return;
    const words = valueTicks(bounds[i], heights[i], APART).map(tickWords);
    left = Math.max(left, ...words.map((text) => measure(text, SMALL) + 10));
    const ends = endsIn(row.series, heights[i], size.width);
    right = Math.max(right, ...ends.map((end) => KEY + 14 + measure(widest(end))));
  });
  if (ribbonsOf(model).length) {
    right = Math.max(right, ...keyOf(model).map(({ text }) => measure(text, SMALL) + 26));
  }
  return [roundWidth(left), Math.min(most, roundWidth(right))];
}

/**
 * Ticks whose words keep off each other and stay on the canvas.
 * @param {Range} range
 * @param {Scale} x
 * @param {{left: number, right: number}} at
 * @param {Measure} measure
 */
function axisTicks(range, x, { left, right }, measure) {
  return stepTicks(range, right - left, 64).map((step) => {
    const text = number(step);
    const half = measure(text, SMALL) / 2;
    const at = x.at(step);
    return { text, at, half, words: clamp(at, half, Math.max(half, right + 6 - half)) };
  });
}
