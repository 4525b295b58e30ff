// From a run's state to what the bars and the charts draw. Pure.

import { centres, loadShare } from "../channel/run_state.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {import("../channel/run_state.js").Arm} Arm */

/**
 * What the bars draw of these layers.
 * @param {RunState} state
 * @param {{layers?: number[], dead: number, windowSteps: number, placeholder: string,
 *   height?: number, bare?: boolean}} options
 */
export function barsOf(state, { layers, dead, windowSteps, placeholder, height, bare }) {
  const most = Math.max(2, ...state.arms.map(({ n_experts: experts }) => experts));
  return {
    arms: state.arms.map((arm) => ({
      name: arm.name,
      title: `Model ${arm.name}`,
      subtitle: arm.summary,
      n_experts: arm.n_experts,
      capacity_share: arm.capacity_share,
      layers: arm.dense ? [] : (layers ?? range(arm.n_layers)).map((layer) => ({
        load: arm.latest.window_load?.[layer] ?? null,
        processed: arm.latest.window_processed_load?.[layer] ?? null,
      })),
    })),
    colours: state.arms.find(({ n_experts: experts }) => experts === most)?.colours ?? [],
    layer_numbers: layers,
    dead,
    window_steps: windowSteps,
    placeholder,
    height,
    bare,
  };
}

/** @param {number} count */
const range = (count) => Array.from({ length: count }, (_, i) => i);

/**
 * A column over steps as a line; a layer's or a domain's part of it where it has parts.
 * @param {Arm} arm
 * @param {string} column
 * @param {number | null} [part]
 */
export function lineOf(arm, column, part = null) {
  const values = arm.lines.columns[column] ?? [];
  const y = part === null ? values : (values[part] ?? []);
  return { x: centres(arm.lines.stride, y.length), y };
}

const OVER_STEPS = 50;
const FEWEST = 5; // points of a mean whose noise can be told

/**
 * How far a line lies above another one, as a mean over the last points, and how sure that is: two
 * standard errors of the paired differences, taken as independent.
 * @param {ArrayLike<number | null>} a @param {ArrayLike<number | null>} b
 * @param {number} stride steps of a point
 * @returns {{mean: (number | null)[], noise: (number | null)[]}} null while there are too few points
 */
export function differenceOf(a, b, stride) {
  const count = Math.max(FEWEST, Math.round(OVER_STEPS / stride));
  const gaps = Array.from({ length: Math.min(a.length, b.length) }, (_, i) => {
    const [above, below] = [a[i], b[i]];
    return typeof above === "number" && typeof below === "number" ? above - below : null;
  });
  const windows = gaps.map((_, i) =>
    gaps.slice(Math.max(0, i + 1 - count), i + 1).filter((gap) => gap !== null)
  ).map((window) => window.length === count ? window : null);
  const mean = windows.map((window) => window && window.reduce((sum, gap) => sum + gap, 0) / count);
  const noise = windows.map((window, i) => {
    if (!window) return null;
    const squares = window.reduce((sum, gap) => sum + (gap - Number(mean[i])) ** 2, 0);
    return 2 * Math.sqrt(squares / (count - 1) / count);
  });
  return { mean, noise };
}

/**
 * The gap between the losses of A and B as lines of their own; no row where one of them is missing.
 * @param {RunState} state
 * @param {string} colour
 */
export function gapRows(state, colour) {
  const [a, b] = ["A", "B"].map((name) => state.arms.find((arm) => arm.name === name));
  if (!a || !b) return [];
  const [{ x, y }, other] = [lineOf(a, "cross_entropy"), lineOf(b, "cross_entropy")];
  const { mean, noise } = differenceOf(y, other.y, a.lines.stride);
  /** @param {number} sign */
  const edge = (sign) => mean.map((gap, i) => gap === null ? null : gap + sign * Number(noise[i]));
  return [{
    kind: "lines",
    label: `Gap: cross-entropy of A − B, mean over ${OVER_STEPS} steps ± 2 standard errors`,
    term: { id: "cross-entropy", shown: "cross-entropy" },
    bounds: null,
    series: [
      { name: "A − B", colour, dash: false, x, y: mean },
      { name: "highest", colour, dash: true, x, y: edge(1) },
      { name: "lowest", colour, dash: true, x, y: edge(-1) },
    ],
  }];
}

/**
 * Held-out cross-entropy: the points that were evaluated, mean over domains or one of them.
 * @param {Arm} arm
 * @param {number | null} [part]
 */
export function heldOutOf(arm, part = null) {
  const parts = arm.lines.columns.held_out_cross_entropy ?? [];
  const chosen = part === null ? parts : [parts[part] ?? []];
  const x = centres(arm.lines.stride, chosen[0]?.length ?? 0);
  const y = x.map((_, block) => mean(chosen.map((values) => values[block])));
  const kept = x.map((_, i) => i).filter((i) => y[i] !== null);
  return { x: kept.map((i) => x[i]), y: kept.map((i) => y[i]) };
}

/**
 * How often the model guesses the next held-out token right: the last evaluation, mean over domains.
 * Null where none is known, as in runs of earlier versions.
 * @param {Arm} arm
 */
export function accuracyOf(arm) {
  const domains = arm.lines.columns.held_out_accuracy ?? [];
  for (let block = (domains[0]?.length ?? 0) - 1; block >= 0; block--) {
    const known = mean(domains.map((values) => values[block]));
    if (known !== null) return known;
  }
  return null;
}

/** @param {(number | null)[]} values */
function mean(values) {
  const present = values.filter((value) => typeof value === "number");
  return present.length ? present.reduce((sum, value) => sum + value, 0) / present.length : null;
}

/**
 * The load of a layer's experts over steps, as a ribbon.
 * @param {Arm} arm
 * @param {number} layer
 */
export function ribbonOf(arm, layer) {
  return {
    kind: "ribbon",
    label: `Model ${arm.name}: load of each expert, layer ${layer}`,
    term: { id: "load", shown: "load of each expert" },
    experts: arm.n_experts,
    x0: (arm.load.stride + 1) / 2,
    dx: arm.load.stride,
    columns: arm.load.bytes.length,
    share: (/** @type {number} */ expert, /** @type {number} */ column) =>
      loadShare(arm, layer, expert, column),
    colours: arm.colours,
  };
}
