// What one row looks like: its title, ticks and labels, and a ribbon's scale of colours.
// Knows the row's box, not how it came by it.

import { exactPercent, spread } from "../shared/shared.js";
import { endsOf, layoutEnds, mainEnds, thinned } from "./live_charts_ends.js";
import { fullShare } from "./live_charts_heat.js";
import { lastOf, ribbonsOf } from "./live_charts_model.js";
import { scale, tickWords, valueTicks } from "./live_charts_scales.js";
import { cut, LINE } from "./live_charts_text.js";

/** @import { End, EndLabel } from "./live_charts_ends.js" */
/** @import { LinesRow, Model, RibbonRow, Series } from "./live_charts_model.js" */
/** @import { Range, Scale } from "./live_charts_scales.js" */
/** @import { Box, Measure } from "./live_charts_text.js" */

/** @typedef {{text: string, at: number}} Tick */

/** @typedef {{text: string, box: Box}} Title */

/**
 * @typedef {object} LinesFrame
 * @property {"lines"} kind
 * @property {LinesRow} row
 * @property {Box} box
 * @property {Title} title
 * @property {Scale} y
 * @property {Tick[]} ticks
 * @property {EndLabel[]} ends
 */

/**
 * @typedef {object} RibbonFrame
 * @property {"ribbon"} kind
 * @property {RibbonRow} row
 * @property {Box} box
 * @property {Title} title
 * @property {number} full  the share of the strongest colour
 * @property {Tick[]} ticks  experts' numbers
 * @property {Tick[]} key  what the colours mean; on the first ribbon only
 */

export const TITLE = 21;
export const APART = 26; // pixels between two values of an axis, at least
export const NARROW = 560;

/**
 * Above its row, from the left edge of all.
 * @param {string} label
 * @param {number} top
 * @param {number} width
 * @param {Measure} measure
 * @returns {Title}
 */
export function titleOf(label, top, width, measure) {
  const text = cut(label, width, measure);
  return { text, box: { x: 0, y: top, width: measure(text), height: LINE } };
}

/**
 * The labels of these lines in a row of this height: on a narrow canvas dashed lines go without.
 * @param {Series[]} series
 * @param {number} height
 * @param {number} width
 */
export function endsIn(series, height, width) {
  const room = Math.floor(height / LINE);
  return width < NARROW ? thinned(mainEnds(series), room) : endsOf(series, room);
}

/**
 * A line that has no value yet will have one: the rows are not to jump then.
 * @param {End} end
 */
export const widest = ({ name, value }) => `${name} ${value || "0.000"}`;

/**
 * @param {LinesRow} row
 * @param {Box} box
 * @param {Title} title
 * @param {Range} bounds
 * @param {{right: number, width: number}} at
 * @param {Measure} measure
 * @returns {LinesFrame}
 */
export function linesFrame(row, box, title, bounds, { right, width }, measure) {
  const y = scale(bounds, [box.y + box.height, box.y]);
  const room = { x: right + 12, y: box.y, width: width - right - 12, height: box.height };
  const drawn = row.series.filter((series) => lastOf(series));
  const ends = endsIn(drawn, box.height, width);
  const known = row.bounds || ends.length; // a scale of nothing would be made up
  const ticks = valueTicks(bounds, box.height, APART).map((value) => ({
    text: known ? tickWords(value) : "",
    at: y.at(value),
  }));
  return { kind: "lines", row, box, title, y, ticks, ends: layoutEnds(ends, y, room, measure) };
}

/**
 * @param {RibbonRow} row
 * @param {Box} box
 * @param {Title} title
 * @param {Model} model
 * @returns {RibbonFrame}
 */
export function ribbonFrame(row, box, title, model) {
  const pitch = box.height / Math.max(1, row.experts);
  const every = [1, 2, 4, 8, 16, 32, 64, 128].find((each) => each * pitch >= 12) ?? row.experts;
  const ticks = Array.from({ length: Math.ceil(row.experts / every) }, (_, i) => ({
    text: String(i * every),
    at: box.y + (i * every + 0.5) * pitch,
  }));
  const isFirst = ribbonsOf(model)[0] === row;
  const full = fullShare(mostExperts(model));
  return { kind: "ribbon", row, box, title, full, ticks, key: isFirst ? keyAt(model, box) : [] };
}

/** @param {Model} model */
const mostExperts = (model) => Math.max(0, ...ribbonsOf(model).map(({ experts }) => experts));

/**
 * Shares that are named beside the scale of colours, and how far up they stand, 0 to 1.
 * @param {Model} model
 */
export function keyOf(model) {
  const experts = Math.max(1, mostExperts(model));
  const full = fullShare(experts);
  return [
    { text: `${full === 1 ? "" : "≥ "}${exactPercent(full)}`, part: 1 },
    { text: `even ${exactPercent(1 / experts)}`, part: Math.sqrt(1 / experts / full) },
    { text: "0", part: 0 },
  ];
}

/**
 * @param {Model} model
 * @param {Box} box
 */
function keyAt(model, box) {
  const all = keyOf(model);
  const words = box.height < all.length * 13 ? [all[0], all[2]] : all;
  const [low, high] = [box.y + 6, box.y + box.height - 6];
  const wanted = words.map(({ part }) => box.y + box.height * (1 - part));
  const places = spread(wanted, 13, low, high);
  return words.map(({ text }, i) => ({ text, at: places[i] })).filter(({ at }) => at >= low - 1);
}
