// Made-up models of live charts, and a source of numbers that are the same in every test run.

/** @import { Mark, Model, RibbonRow, Series } from "../../moeviz/ui/components/live_charts/live_charts_model.js" */

/**
 * Numbers from 0 to 1, the same for the same seed (mulberry32).
 * @param {number} seed
 */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Every letter is half as wide as high.
 * @param {string} text
 * @param {number} [size]
 */
export const measure = (text, size = 12) => text.length * size * 0.5;

/**
 * @param {Partial<Series>} given
 * @returns {Series}
 */
export const line = (given) => ({
  ...{ name: "A", colour: "#111111", dash: false, x: [1, 2, 3, 4], y: [6, 5, 4, 3] },
  ...given,
});

/**
 * @param {Partial<RibbonRow>} given
 * @returns {RibbonRow}
 */
export const ribbon = (given) => ({
  ...{ kind: "ribbon", label: "A: load of each expert, layer 0", name: "A" },
  ...{ experts: 4, x0: 1, dx: 1, columns: 4, colours: [] },
  share: (expert, column) => (expert === column ? 0.7 : 0.1),
  ...given,
});

/**
 * @param {Series[]} series
 * @param {Partial<Model>} more
 * @returns {Model}
 */
export const modelOf = (series, more = {}) => ({
  rows: [{ kind: "lines", label: "Cross-entropy, nats per token", bounds: null, series }],
  ...{ marks: [], lastStep: 4, placeholder: "No step yet" },
  ...more,
});

/**
 * Steps 1 to `count` and values about `level`.
 * @param {number} count
 * @param {number} level
 * @param {() => number} random
 */
export function noisy(count, level, random) {
  const x = Array.from({ length: count }, (_, i) => i + 1);
  return { x, y: x.map(() => level + random()) };
}

/**
 * @param {number} count
 * @param {number} lastStep
 * @param {() => number} random
 * @returns {Mark[]}
 */
export const randomMarks = (count, lastStep, random) =>
  Array.from({ length: count }, (_, i) => ({
    step: Math.floor(random() * (lastStep + 1)),
    label: `${"knob ".repeat(1 + Math.floor(random() * 6))}${i}`,
  }));
