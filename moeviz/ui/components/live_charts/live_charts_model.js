// What live charts are given, and plain questions to it. Knows nothing of pixels or pages.

/**
 * A quantity over steps. Values that are null or not finite leave a gap.
 *
 * @typedef {object} Series
 * @property {string} name  as the reader knows it: "A", "A, held out"
 * @property {string} colour  any CSS colour; one colour is one model
 * @property {boolean} dash
 * @property {ArrayLike<number>} x  steps, ascending
 * @property {ArrayLike<number | null>} y  as many values
 * @property {string} [domain]  the one kind of text that it is of; such lines are many, so that
 *   those of one domain share a label and a line of the readout
 * @property {string} [arm]  the model alone, where `name` holds the domain too
 */

/** @typedef {{id: string, shown: string}} Named */

/**
 * Lines that share an axis.
 *
 * @typedef {object} LinesRow
 * @property {"lines"} kind
 * @property {string} label  the quantity in words, with its unit
 * @property {Named} [term]  of the glossary, among these words
 * @property {readonly [number, number] | null} bounds  of the axis; null follows the values
 * @property {Series[]} series
 */

/**
 * The load of every expert over steps; column j is centred at step x0 + j · dx.
 *
 * @typedef {object} RibbonRow
 * @property {"ribbon"} kind
 * @property {string} label
 * @property {Named} [term]
 * @property {string} [name]  the model, for tables
 * @property {number} experts
 * @property {number} x0
 * @property {number} dx
 * @property {number} columns
 * @property {(expert: number, column: number) => number} share  0 to 1; NaN: not known
 * @property {string[]} colours  each expert's own, a small mark beside its number; may be empty
 */

/** @typedef {LinesRow | RibbonRow} Row */

/**
 * A knob change, in force from `step` on.
 * @typedef {{step: number, label: string}} Mark
 */

/**
 * @typedef {object} Model
 * @property {Row[]} rows  from top to bottom
 * @property {Mark[]} marks
 * @property {number} lastStep
 * @property {string} placeholder  said where there is no step yet
 */

/**
 * @param {number | null | undefined} value
 * @returns {value is number}
 */
export const present = (value) => value !== null && value !== undefined && Number.isFinite(value);

/** @param {Model} model */
export const linesOf = (model) => model.rows.filter((row) => row.kind === "lines");

/** @param {Model} model */
export const ribbonsOf = (model) => model.rows.filter((row) => row.kind === "ribbon");

/**
 * Where a crosshair can stand: the steps of the longest line, or of the longest ribbon.
 * @param {Model} model
 * @returns {ArrayLike<number>}
 */
export function stepsOf(model) {
  /** @type {ArrayLike<number>} */
  let longest = [];
  for (const { series } of linesOf(model)) {
    for (const { x } of series) if (x.length > longest.length) longest = x;
  }
  if (longest.length) return longest;
  const columns = ribbonsOf(model).map(columnSteps);
  return columns.reduce((best, steps) => (steps.length > best.length ? steps : best), []);
}

/** @param {RibbonRow} ribbon */
export const columnSteps = ({ x0, dx, columns }) =>
  Array.from({ length: columns }, (_, column) => x0 + column * dx);

/**
 * Index of the step nearest to `wanted`, the earlier of two as near; -1 where there is none.
 * @param {ArrayLike<number>} steps  ascending
 * @param {number} wanted
 */
export function nearest(steps, wanted) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  if (low === steps.length) return low - 1;
  return low > 0 && wanted - steps[low - 1] <= steps[low] - wanted ? low - 1 : low;
}

/**
 * The last value of a line and its step; null where there is none.
 * @param {Series} series
 */
export function lastOf({ x, y }) {
  for (let i = x.length - 1; i >= 0; i--) {
    const value = y[i];
    if (present(value)) return { step: x[i], value };
  }
  return null;
}

/** @param {Model} model */
export const isEmpty = (model) => stepsOf(model).length === 0;

/**
 * The quantity's name without its unit and remarks: "Cross-entropy, nats per token" gives
 * "Cross-entropy".
 * @param {Row} row
 */
export const shortLabel = ({ label }) => label.split(/[,(]/)[0].trim();

/**
 * The expert with the largest load in a column, and that load; null where nothing is known.
 * @param {RibbonRow} ribbon
 * @param {number} column
 */
export function fullest({ experts, share }, column) {
  let best = null;
  for (let expert = 0; expert < experts; expert++) {
    const load = share(expert, column);
    if (present(load) && (best === null || load > best.load)) best = { expert, load };
  }
  return best;
}

/**
 * The ribbon's column that is nearest to a step; -1 where it has none.
 * @param {RibbonRow} ribbon
 * @param {number} step
 */
export function columnAt({ x0, dx, columns }, step) {
  return Math.min(columns - 1, Math.max(0, Math.round((step - x0) / dx)));
}
