// Stripes where lines agree, or the last one drawn would hide the others. Lines run together by the
// rule of the live charts; the stripes lie upon the figure's own traces, which stay whole.

import { partedBy } from "../live_charts/live_charts_together.js";
import { isLine } from "./run_charts_figure.js";

/** @import { Figure, Layout, Line } from "./run_charts_figure.js" */

/** @typedef {Line & {line: {color: string, width: number, dash: string}}} Drawn */
/** @typedef {{width: number, height: number}} Size */

/** @typedef {{x: (step: number) => number, y: (value: number) => number}} Scale  to pixels */

const STRIPE = 7; // pixels
const DASHED = [5, 4]; // a dash and its gap

/**
 * The figure's traces, and after them a trace of stripes for each line that others run on.
 * @param {Figure} figure  with the ranges that are shown
 * @param {Size} size  of the whole picture, in pixels
 */
export function striped({ data, layout }, size) {
  const lines = /** @type {Drawn[]} */ (data.filter(isLine));
  const stripes = groupsOf(lines).flatMap((group) => stripesOf(group, layout, size));
  return [...data, ...stripes];
}

/**
 * Lines that could hide each other: of the same row, both dashed or both solid.
 * @param {Drawn[]} lines
 */
function groupsOf(lines) {
  const kinds = Map.groupBy(lines, ({ yaxis, line }) => `${yaxis} ${line.dash}`);
  return [...kinds.values()];
}

/**
 * @param {Drawn[]} lines
 * @param {Layout} layout
 * @param {Size} size
 */
function stripesOf(lines, layout, size) {
  if (lines.length < 2) return [];
  const scale = scaleOf(layout, lines[0].yaxis, size);
  const paths = lines.map((line) => pathsOf(line, scale));
  const later = lines.map((_, i) => partsOn(lines, paths, i, i + 1));
  const earlier = lines.map((_, i) => partsOn(lines, paths, i, 0, i));
  const shared = lines.map((_, i) => i).filter((i) => later[i].length || earlier[i].length);
  const thin = Math.min(...lines.map(({ line }) => line.width));
  return shared.filter((i) => later[i].length).map((i) => {
    const line = lines[i];
    const dash = dashes(line.line.dash !== "solid", shared.indexOf(i), shared.length);
    return { ...line, ...backFrom(later[i], scale), line: { ...line.line, width: thin, dash } };
  });
}

/**
 * Where a line runs along others of another colour, in pixels.
 * @param {Drawn[]} lines
 * @param {number[][][]} paths
 * @param {number} i
 * @param {number} from
 * @param {number} [to]
 */
function partsOn(lines, paths, i, from, to) {
  const others = paths.slice(from, to).filter((_, j) =>
    lines[from + j].line.color !== lines[i].line.color
  );
  return partedBy(paths[i], others.flat()).together;
}

/**
 * The stripe of one of so many lines that run together, so that each has its turn.
 * @param {boolean} dashed  for itself
 * @param {number} rank
 * @param {number} count
 */
function dashes(dashed, rank, count) {
  const [long, gap] = dashed ? DASHED : [STRIPE, 0];
  const turn = long + gap;
  const pattern = [0, rank * turn, long, gap + (count - 1 - rank) * turn];
  return pattern.map((pixels) => `${pixels}px`).join(",");
}

/**
 * Both axes are linear: pixels from the left and from above.
 * @param {Layout} layout
 * @param {string} yaxis
 * @param {Size} size
 */
function scaleOf({ margin, xaxis, ...axes }, yaxis, { width, height }) {
  const { range: [bottom, top], domain: [low, high] } = axes[yaxis.replace("y", "yaxis")];
  const [first, last] = xaxis.range;
  const wide = width - margin.l - margin.r;
  const tall = (height - margin.t - margin.b) * (high - low);
  return {
    x: (/** @type {number} */ step) => (step - first) / (last - first) * wide,
    y: (/** @type {number} */ value) => (top - value) / (top - bottom) * tall,
    step: (/** @type {number} */ x) => first + x / wide * (last - first),
    value: (/** @type {number} */ y) => top - y / tall * (top - bottom),
  };
}

/**
 * A line's unbroken parts.
 * @param {Drawn} line
 * @param {Scale} scale
 */
function pathsOf({ x: steps, y: values }, scale) {
  /** @type {number[][]} */
  const paths = [[]];
  steps.forEach((step, i) => {
    const value = values[i];
    if (value === null) paths.push([]);
    else paths[paths.length - 1].push(scale.x(step), scale.y(value));
  });
  return paths.filter((path) => path.length > 0);
}

/**
 * Parts in pixels as one line with gaps between them.
 * @param {number[][]} parts
 * @param {ReturnType<typeof scaleOf>} scale
 */
function backFrom(parts, scale) {
  /** @type {{x: (number | null)[], y: (number | null)[]}} */
  const { x, y } = { x: [], y: [] };
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) {
      x.push(scale.step(part[at]));
      y.push(scale.value(part[at + 1]));
    }
    x.push(null);
    y.push(null);
  }
  return { x, y };
}
