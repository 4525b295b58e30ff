// A light line chart: a few lines over steps, named at their ends, read off with a crosshair.
//
// Lines live in a unit square that the browser stretches, so a change of width needs no code.

import {
  adoptStyles,
  el,
  fillTable,
  foldedTable,
  niceCeiling,
  number,
  setAttribute,
  setText,
  spread,
  svg,
  ticks,
} from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {number[]} x  steps
 * @property {(number | null)[]} y  null: a gap
 * @property {number} colour_index
 * @property {string} dash
 */

/**
 * @typedef {object} Data
 * @property {Series[]} series
 * @property {string[]} colours
 * @property {string} y_label
 * @property {number[]} borders  one a series, in pixels
 * @property {{step: number, label: string}[]} marks
 * @property {number} height
 * @property {string} placeholder
 */

/** @typedef {[low: number, high: number]} Range */

/** @typedef {ReturnType<typeof build>} View */

const UNIT = 1000;
const LABEL_GAP = 30;
const TABLE_ROWS = 12;
const MARGIN = { top: 8, bottom: 22 };

/** @param {Component<Data>} component */
export default async function lossLines({ data, parentElement }) {
  await adoptStyles(parentElement, new URL("loss_lines.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".loss-lines");
  if (!root) return undefined;
  const shape = `${data.series.length}/${data.height}`;
  if (root.view?.shape !== shape) root.view = build(root, data, shape);
  update(root.view, data);
  return undefined; // nothing outlives the nodes
}

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {string} shape
 */
function build(root, data, shape) {
  const inner = data.height - MARGIN.top - MARGIN.bottom;
  const heading = el("p", "heading");
  const row = el("div", "row");
  const plot = el("div", "plot");
  const picture = svg("svg", { role: "img", width: "100%", height: data.height });
  const grid = svg("g", { transform: `translate(0 ${MARGIN.top})` }, picture);
  const marks = svg("g", { transform: `translate(0 ${MARGIN.top})` }, picture);
  const square = svg("svg", {
    y: MARGIN.top,
    width: "100%",
    height: inner,
    viewBox: `0 0 ${UNIT} ${UNIT}`,
    preserveAspectRatio: "none",
    class: "square",
  }, picture);
  const lines = data.series.map(() => svg("path", { class: "line" }, square));
  const waiting = svg("text", { x: "50%", y: data.height / 2, class: "waiting" }, picture);
  const crosshair = el("div", "crosshair");
  const readout = el("div", "readout");
  plot.append(picture, crosshair, readout);
  const ends = el("div", "ends");
  const labels = data.series.map(() => buildEnd(ends));
  row.append(plot, ends);
  const { details, table } = foldedTable();
  root.replaceChildren(heading, row, details);
  const view = {
    ...{ shape, data, heading, plot, picture, grid, marks, lines, labels, waiting },
    ...{ crosshair, readout, table, inner },
    x: /** @type {Range} */ ([0, 1]),
    y: /** @type {Range} */ ([0, 1]),
    pointer: /** @type {number | null} */ (null),
  };
  listen(view);
  return view;
}

/** @param {HTMLElement} ends */
function buildEnd(ends) {
  const node = el("div", "end");
  const name = el("span", "name");
  const value = el("span", "value-now");
  node.append(name, value);
  ends.append(node);
  return { node, name, value };
}

/** @param {View} view */
function listen(view) {
  view.plot.addEventListener("pointermove", (event) => {
    const box = view.plot.getBoundingClientRect();
    view.pointer = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    showCrosshair(view);
  });
  view.plot.addEventListener("pointerleave", () => {
    view.pointer = null;
    showCrosshair(view);
  });
}

/**
 * @param {View} view
 * @param {Data} data
 */
function update(view, data) {
  view.data = data;
  view.x = [0, Math.max(100, niceCeiling(Math.max(1, ...data.series.flatMap((s) => s.x))))];
  view.y = rangeOf(data.series.flatMap((s) => s.y).filter((v) => v !== null));
  setText(view.heading, data.y_label);
  setAttribute(view.picture, "aria-label", describe(data));
  setText(view.waiting, data.series.some((s) => s.x.length) ? "" : data.placeholder);
  drawGrid(view);
  drawMarks(view, data.marks);
  data.series.forEach((series, i) => drawLine(view, series, i));
  drawEnds(view);
  showCrosshair(view);
  updateTable(view, data);
}

/**
 * Round bounds around the values: they change rarely, so the picture stays still.
 * @param {number[]} values
 * @returns {Range}
 */
export function rangeOf(values) {
  if (!values.length) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = niceCeiling(Math.max(high - low, Math.abs(high) * 0.02, 1e-6) / 4);
  return [Math.floor(low / step) * step, Math.ceil(high / step + 1e-9) * step];
}

/** @type {(value: number, range: Range) => number} */
const fraction = (value, [low, high]) => (value - low) / (high - low);

/** @param {View} view */
function drawGrid({ grid, x, y, inner, data }) {
  const empty = data.series.every((s) => !s.x.length); // a scale of nothing would be made up
  const rules = ticks(...y, 4).flatMap((value) => {
    const at = inner * (1 - fraction(value, y));
    const rule = svg("line", { x1: 0, x2: "100%", y1: at, y2: at, class: "rule" });
    const text = svg("text", { x: -6, y: at + 4, class: "y-tick" });
    text.textContent = empty ? "" : String(Number(value.toPrecision(6)));
    return [rule, text];
  });
  const steps = ticks(...x, 4).map((value, i, all) => {
    const text = svg("text", { x: `${fraction(value, x) * 100}%`, y: inner + 16, class: "x-tick" });
    text.textContent = i === 0 ? `step ${number(value)}` : number(value);
    if (i === 0) text.classList.add("first");
    if (i === all.length - 1) text.classList.add("last");
    return text;
  });
  grid.replaceChildren(...rules, ...steps);
}

/**
 * @param {View} view
 * @param {Data["marks"]} given
 */
function drawMarks({ marks, x, inner }, given) {
  const nodes = given
    .filter(({ step }) => step <= x[1])
    .flatMap(({ step, label }) => {
      const at = fraction(step, x);
      const line = svg("line", {
        x1: `${at * 100}%`,
        x2: `${at * 100}%`,
        y1: 0,
        y2: inner,
        class: "mark",
      });
      const text = svg("text", {
        x: `${at * 100}%`,
        y: 10,
        dx: at > 0.6 ? -4 : 4,
        class: at > 0.6 ? "mark-text left" : "mark-text",
      });
      text.textContent = label;
      return [line, text];
    });
  marks.replaceChildren(...nodes);
}

/**
 * @param {View} view
 * @param {Series} series
 * @param {number} index
 */
function drawLine({ lines, x, y, data }, series, index) {
  let pen = "M";
  let path = "";
  series.x.forEach((step, i) => {
    if (series.y[i] === null) return void (pen = "M");
    path += `${pen}${(fraction(step, x) * UNIT).toFixed(1)} ${
      ((1 - fraction(series.y[i], y)) * UNIT).toFixed(1)
    }`;
    return void (pen = "L");
  });
  setAttribute(lines[index], "d", path);
  lines[index].style.stroke = colourOf(data, series);
  lines[index].style.strokeWidth = String(2 + data.borders[index]);
  lines[index].style.strokeDasharray = series.dash === "solid" ? "none" : "5 4";
}

/**
 * @param {Data} data
 * @param {Series} series
 */
const colourOf = (data, series) => data.colours[series.colour_index % data.colours.length];

/**
 * Names stand where the lines end, pushed apart where these meet.
 * @param {View} view
 */
function drawEnds({ labels, y, data, inner }) {
  const { series } = data;
  const last = series.map((s) => s.y.findLast((value) => value !== null) ?? null);
  const wanted = last.map((value, i) =>
    value === null ? i * LABEL_GAP : MARGIN.top + inner * (1 - fraction(value, y)) - LABEL_GAP / 2
  );
  const at = spread(wanted, LABEL_GAP, 0, data.height - LABEL_GAP);
  labels.forEach(({ node, name, value }, i) => {
    node.style.transform = `translateY(${at[i]}px)`;
    node.style.setProperty("--line", colourOf(data, series[i]));
    setText(name, series[i].name);
    setText(value, last[i] === null ? "" : number(last[i]));
  });
}

/** @param {View} view */
function showCrosshair(view) {
  const { pointer, data, x, crosshair, readout } = view;
  const wanted = x[0] + (pointer ?? 0) * (x[1] - x[0]);
  const nearest = data.series.map((s) => nearestIndex(s.x, wanted));
  const lead = data.series.findIndex((s) => s.x.length);
  const shown = pointer !== null && lead >= 0;
  crosshair.classList.toggle("shown", shown);
  readout.classList.toggle("shown", shown);
  if (!shown) return;
  const step = data.series[lead].x[nearest[lead]];
  const at = fraction(step, x);
  crosshair.style.left = `${at * 100}%`;
  readout.style.left = `${at * 100}%`;
  readout.classList.toggle("before", at > 0.5);
  const rows = data.series.map((s, i) => el("div", "", `${s.name} ${number(s.y[nearest[i]])}`));
  rows.forEach((row, i) => row.style.setProperty("--line", colourOf(data, data.series[i])));
  readout.replaceChildren(el("div", "at", `step ${number(Math.round(step))}`), ...rows);
}

/**
 * The place of the step nearest to the wanted one, the later of two; -1 where there is none.
 * @param {number[]} steps
 * @param {number} wanted
 */
export function nearestIndex(steps, wanted) {
  let best = -1;
  steps.forEach((step, i) => {
    if (best < 0 || Math.abs(step - wanted) <= Math.abs(steps[best] - wanted)) best = i;
  });
  return best;
}

/** @param {Data} data */
function describe(data) {
  const parts = data.series.map((s) => `${s.name} ${number(s.y.findLast((v) => v !== null))}`);
  return `${data.y_label} over training steps. Last values: ${parts.join(", ")}`;
}

/**
 * @param {View} view
 * @param {Data} data
 */
function updateTable({ table }, data) {
  const none = /** @type {number[]} */ ([]);
  const longest = data.series.reduce((best, { x }) => x.length > best.length ? x : best, none);
  const every = Math.max(1, Math.ceil(longest.length / TABLE_ROWS));
  const steps = longest.filter((_, i) => (longest.length - 1 - i) % every === 0);
  const rows = steps.map((step) => [
    number(Math.round(step)),
    ...data.series.map((s) => number(s.y[nearestIndex(s.x, step)])),
  ]);
  fillTable(table, data.y_label, ["Step", ...data.series.map((s) => s.name)], rows);
}
