// Words in boxes: how wide, cut to fit, and whether boxes overlap. Knows nothing of what they say.

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/**
 * The width in pixels of a text at a size and weight.
 * @callback Measure
 * @param {string} text
 * @param {number} [size]
 * @param {number} [weight]
 * @returns {number}
 */

export const SIZE = 12;
export const SMALL = 11;
export const LINE = 15;

/**
 * Text that fits a width; what is missing is "…".
 * @param {string} text
 * @param {number} width
 * @param {(text: string) => number} measure
 */
export function cut(text, width, measure) {
  if (measure(text) <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle).trimEnd()}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return low ? `${text.slice(0, low).trimEnd()}…` : "";
}

/**
 * Whether two boxes share some area.
 * @param {Box} one
 * @param {Box} other
 */
export const intersect = (one, other) =>
  one.x < other.x + other.width && other.x < one.x + one.width &&
  one.y < other.y + other.height && other.y < one.y + one.height;

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high  wins where the two cross
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * A width that changes rarely: numbers get wider and narrower as they run.
 * @param {number} width
 */
export const roundWidth = (width) => Math.ceil(width / 8) * 8;

/**
 * The type of ticks and marks.
 * @param {string} colour
 * @param {"left" | "right" | "center"} [align]
 */
export const small = (colour, align) => ({ colour, size: SMALL, align });
