// The figure as it travels, turned into what Plotly draws in the page's tones, and read as text.

import { rgbOf } from "../shared/colours.js";
import { number, percent } from "../shared/shared.js";

/**
 * @typedef {object} Line
 * @property {"scatter"} type
 * @property {string} name
 * @property {number[]} x  steps
 * @property {(number | null)[]} y  null: no value
 * @property {string} yaxis
 * @property {{color: string}} line
 * @property {{domain: string, held_out: boolean}} meta
 */

/**
 * @typedef {object} Ribbon  a heat map of loads in per cent, a row an expert
 * @property {"heatmap"} type
 * @property {string} name
 * @property {number[][]} z
 * @property {number} x0
 * @property {number} dx
 */

/**
 * What a row of the picture shows: `count` traces from `first` on; its place in parts from below.
 * @typedef {{kind: string, first: number, count: number, top: number, bottom: number}} Row
 */

/** @typedef {{[axis: string]: any, height: number, annotations: {text: string}[], meta: {rows: Row[], dark_colorscale: unknown}}} Layout */

/** @typedef {{data: (Line | Ribbon)[], layout: Layout}} Figure */

/** @typedef {{first: number, last: number, count: number}} EvenSteps */

/** @typedef {{bytes: string, columns: number}} CompactLoads */

/**
 * As `compact` sends it.
 * @typedef {{data: (Omit<Line, "x"> & {x: number[] | EvenSteps} | Omit<Ribbon, "z"> & {z: CompactLoads})[], layout: Layout}} CompactFigure
 */

/** @typedef {[text: string, colour: string | null]} Reading */

/** @param {Layout} layout */
export const axesOf = (layout) => Object.keys(layout).filter((name) => /^[xy]axis/.test(name));

/**
 * Undo what `compact` did to save bytes; a copy, as far as it or Plotly changes anything.
 * @param {CompactFigure} figure
 * @returns {Figure}
 */
export function expand({ data, layout }) {
  const traces = structuredClone(data).map((trace) =>
    trace.type === "heatmap"
      ? { ...trace, z: ribbonFrom(trace.z) }
      : { ...trace, x: Array.isArray(trace.x) ? trace.x : stepsFrom(trace.x) }
  );
  return { data: traces, layout: structuredClone(layout) };
}

/**
 * One byte a value: 255 · √share.
 * @param {CompactLoads} loads
 */
function ribbonFrom({ bytes, columns }) {
  const shares = Array.from(atob(bytes), (c) => 100 * (c.charCodeAt(0) / 255) ** 2);
  const rows = columns ? shares.length / columns : 0;
  return Array.from({ length: rows }, (_, r) => shares.slice(r * columns, (r + 1) * columns));
}

/** @param {EvenSteps} steps */
function stepsFrom({ first, last, count }) {
  return Array.from({ length: count }, (_, i) => first + ((last - first) * i) / (count - 1));
}

/**
 * The page's own type and tones; hovering is ours.
 * @param {Figure} figure  changed in place
 * @param {HTMLElement} root
 */
export function themed(figure, root) {
  const css = getComputedStyle(root);
  const ink = css.getPropertyValue("--st-text-color").trim() || css.color;
  const { layout } = figure;
  layout.font = { ...layout.font, color: ink, family: css.fontFamily };
  layout.paper_bgcolor = css.getPropertyValue("--st-background-color").trim();
  layout.hovermode = false;
  const grid = css.getPropertyValue("--st-border-color").trim();
  for (const name of axesOf(layout)) layout[name].gridcolor = grid;
  if (isLight(ink)) layout.coloraxis.colorscale = layout.meta.dark_colorscale;
  return figure;
}

/**
 * Light ink means a dark page.
 * @param {string} colour
 */
function isLight(colour) {
  const [red, green, blue] = rgbOf(colour);
  return red + green + blue > 382;
}

/**
 * The longest line's steps: where the crosshair can stand.
 * @param {Figure} figure
 * @returns {number[]}
 */
export function stepsOf(figure) {
  const none = /** @type {number[]} */ ([]);
  return lineTraces(figure).reduce((best, { x }) => x.length > best.length ? x : best, none);
}

/**
 * The place of the step nearest to the wanted one; the earlier of two that are as near.
 * @param {number[]} steps
 * @param {number} wanted
 */
export function nearest(steps, wanted) {
  let best = 0;
  steps.forEach((step, i) => {
    if (Math.abs(step - wanted) < Math.abs(steps[best] - wanted)) best = i;
  });
  return best;
}

/**
 * What a row says of a step.
 * @param {Figure} figure
 * @param {Row} row
 * @param {number} step
 * @param {number | null} pointed  expert
 * @returns {Reading[]}
 */
export function rowValues({ data }, row, step, pointed) {
  const traces = data.slice(row.first, row.first + row.count);
  const ribbon = traces.find(isRibbon);
  if (ribbon) return [ribbonValue(ribbon, step, pointed)];
  const drawn = traces.filter(isLine).filter(({ x }) => x.length);
  if (drawn.some(({ meta }) => meta.domain)) return domainValues(drawn, step);
  return drawn.map((line) => [`${plain(line.name)} ${valueAt(line, step)}`, line.line.color]);
}

/**
 * @param {Line} line
 * @param {number} step
 */
export const valueAt = ({ x, y }, step) => number(y[nearest(x, step)]);

/**
 * One line a domain, all arms in it; held-out values, as many again, are in the table.
 * @param {Line[]} lines
 * @param {number} step
 * @returns {Reading[]}
 */
function domainValues(lines, step) {
  const trained = lines.filter(({ meta }) => !meta.held_out);
  return [...new Set(trained.map(({ meta }) => meta.domain))].map((domain) => {
    const arms = trained
      .filter(({ meta }) => meta.domain === domain)
      .map((line) => `${plain(line.name.slice(0, -`, ${domain}`.length))} ${valueAt(line, step)}`);
    return [`${plain(domain)}: ${arms.join(", ")}`, null];
  });
}

/** Before the expert that a reading names by itself. */
export const BUSIEST = "busiest expert: ";

/**
 * The expert that is pointed at, else the busiest one.
 * @param {Ribbon} ribbon
 * @param {number} step
 * @param {number | null} pointed
 * @returns {Reading}
 */
export function ribbonValue({ z, x0, dx }, step, pointed) {
  if (!z.length) return ["", null];
  const column = Math.round((step - x0) / dx);
  const loads = z.map((row) => row[Math.min(row.length - 1, Math.max(0, column))]);
  const known = pointed !== null && pointed < loads.length;
  const expert = known ? pointed : loads.indexOf(Math.max(...loads));
  return [`${known ? "expert " : BUSIEST}${expert}, ${percent(loads[expert] / 100)}`, null];
}

/**
 * Names are escaped for Plotly, which reads tags; here they are text again.
 * @param {string} name
 */
export const plain = (name) =>
  name.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** @type {(trace: Line | Ribbon) => trace is Line} */
export const isLine = (trace) => trace.type === "scatter";

/** @type {(trace: Line | Ribbon) => trace is Ribbon} */
export const isRibbon = (trace) => trace.type === "heatmap";

/** @param {Figure} figure */
export const lineTraces = ({ data }) => data.filter(isLine);

/**
 * @param {Figure} figure
 * @param {Line} line
 */
export const rowName = ({ layout }, { yaxis }) => layout.annotations[yaxis === "y2" ? 1 : 0].text;

/** @param {Figure} figure */
export function describe(figure) {
  const last = lineTraces(figure)
    .filter(({ y }) => y.length)
    .map((line) =>
      `${plain(rowName(figure, line))}, ${plain(line.name)}: ${number(line.y.at(-1))}`
    );
  const values = last.join("; ") || "No step yet";
  return `Charts over training steps. ${values}. Use the left and right arrow keys to read the values of a step.`;
}
