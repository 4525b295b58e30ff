// Where axes begin and end, and what they step through. Knows numbers only.

import { niceCeiling, ticks } from "../shared/shared.js";
import { present } from "./live_charts_model.js";

/** @typedef {readonly [number, number]} Range */

const LEAST_STEPS = 100;
const ROOM_TO_SHRINK = 0.6;

/**
 * A linear map from values to pixels and back.
 * @param {Range} from
 * @param {Range} to
 */
export function scale([low, high], [start, end]) {
  const factor = (end - start) / (high - low);
  return {
    /** @param {number} value */
    at: (value) => start + (value - low) * factor,
    /** @param {number} pixel */
    back: (pixel) => low + (pixel - start) / factor,
  };
}

/** @typedef {ReturnType<typeof scale>} Scale */

/**
 * The whole axis of steps. It grows in round steps, so that a running model moves it rarely.
 * @param {number} lastStep
 * @returns {Range}
 */
export const wholeRun = (lastStep) => [
  0,
  Math.max(LEAST_STEPS, niceCeiling(Math.max(1, lastStep))),
];

/**
 * Round bounds around the values; [0, 1] where there are none.
 * @param {number[]} values
 * @returns {Range}
 */
export function roundBounds(values) {
  if (!values.length) return [0, 1];
  const [low, high] = extent(values);
  const step = niceCeiling(Math.max(high - low, Math.abs(high) * 0.02, 1e-6) / 4);
  return [Math.floor(low / step) * step, Math.ceil(high / step + 1e-9) * step];
}

/**
 * Bounds that stay while they hold the values and do not waste much of the row: values that tremble
 * about a round number would move the whole picture otherwise.
 * @param {Range | null} before
 * @param {number[]} values
 * @returns {Range}
 */
export function stickyBounds(before, values) {
  const wanted = roundBounds(values);
  if (!before || !values.length) return wanted;
  const [low, high] = extent(values);
  const inside = low >= before[0] && high <= before[1];
  const wasteful = wanted[1] - wanted[0] < ROOM_TO_SHRINK * (before[1] - before[0]);
  return inside && !wasteful ? before : wanted;
}

/** @param {number[]} values */
function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/**
 * The values that stand in a range of steps, with those where a line enters and leaves it.
 * @param {{x: ArrayLike<number>, y: ArrayLike<number | null>}} line
 * @param {Range} range
 */
export function valuesWithin({ x, y }, [low, high]) {
  const values = [];
  for (let i = 0; i < x.length; i++) {
    const value = y[i];
    if (!present(value)) continue;
    if (x[i] >= low && x[i] <= high) values.push(value);
    const next = y[i + 1];
    if (i + 1 >= x.length || !present(next)) continue;
    for (const edge of [low, high]) {
      if (x[i] < edge && edge < x[i + 1]) {
        values.push(value + ((next - value) * (edge - x[i])) / (x[i + 1] - x[i]));
      }
    }
  }
  return values;
}

/**
 * Few round values of an axis, two at least where its bounds are round.
 * @param {Range} range
 * @param {number} length  in pixels
 * @param {number} apart  the pixels that two should keep
 */
export function valueTicks([low, high], length, apart) {
  const count = Math.max(1, Math.min(5, Math.floor(length / apart)));
  const few = ticks(low, high, count);
  return few.length > 1 ? few : ticks(low, high, count + 1);
}

/**
 * Round whole steps.
 * @param {Range} range
 * @param {number} length
 * @param {number} apart
 */
export function stepTicks([low, high], length, apart) {
  const count = Math.max(1, Math.min(8, Math.floor(length / apart)));
  return ticks(low, high, Math.min(count, high - low)).map(Math.round);
}

/**
 * A tick's value without the dust of floating point.
 * @param {number} value
 */
export const tickWords = (value) => String(Number(value.toPrecision(6)));

/**
 * The whole steps between two places on the axis; null where they are no range to speak of.
 * @param {number} one
 * @param {number} other
 * @param {Range} whole
 * @returns {Range | null}
 */
export function zoomBetween(one, other, [first, last]) {
  const low = Math.max(first, Math.floor(Math.min(one, other)));
  const high = Math.min(last, Math.ceil(Math.max(one, other)));
  return high - low >= 2 && (low > first || high < last) ? [low, high] : null;
}

/**
 * A range `factor` times as wide that keeps `centre` where it is; null: the whole run.
 * @param {Range} range
 * @param {number} centre
 * @param {number} factor
 * @param {Range} whole
 * @returns {Range | null}
 */
export function zoomAbout([low, high], centre, factor, whole) {
  const [left, right] = [(centre - low) * factor, (high - centre) * factor];
  return right + left < 2 ? [low, high] : zoomBetween(centre - left, centre + right, whole);
}
