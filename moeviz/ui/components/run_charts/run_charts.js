// The charts of runs: Plotly draws, this file reads off the same step in every row.
//
// `Plotly.react` moves the same nodes. The axis of steps grows with the run, and Plotly's own
// `uirevision` gives a zoom up when it does, so the zoom is kept here. Hovering stays in the
// browser: Python hears nothing of it.

import { loadPlotly } from "../shared/plotly.js";
import {
  adoptStyles,
  button,
  el,
  fillTable,
  foldedTable,
  number,
  setAttribute,
} from "../shared/shared.js";
import { hide, showCrosshair, walk } from "./run_charts_crosshair.js";
import {
  axesOf,
  BUSIEST,
  describe,
  expand,
  isRibbon,
  lineTraces,
  plain,
  ribbonValue,
  rowName,
  stepsOf,
  themed,
  valueAt,
} from "./run_charts_figure.js";
import { striped } from "./run_charts_stripes.js";

/** @import { Plotly } from "../shared/plotly.js" */
/** @import { Component, Root } from "../shared/shared.js" */
/** @import { CompactFigure, Figure } from "./run_charts_figure.js" */

/** @typedef {{figure: CompactFigure, plotly: string}} Data  plotly: the published name of plotly.js */

/**
 * The inner parts of Plotly's own node that are read here.
 * @typedef {object} Plot
 * @property {any} _fullLayout
 * @property {boolean} [_dragging]
 * @property {(event: string, hear: (changes: object) => void) => void} on
 */

/** @typedef {ReturnType<typeof build>} View */

const TABLE_ROWS = 20;
const STRIPED = "Striped line: models of these colours have the same value.";
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false };

/** @param {Component<Data>} component */
export default async function runCharts({ data, parentElement }) {
  const [plotly] = await Promise.all([
    loadPlotly(data.plotly),
    adoptStyles(parentElement, new URL("run_charts.css", import.meta.url)),
  ]);
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".run-charts");
  if (!root) return undefined;
  root.view ??= build(root, plotly);
  const view = root.view;
  view.waiting = data;
  await draw(view);
  // An overtaken call is cleaned up too, while its nodes live on: only a removed plot is purged.
  return () => setTimeout(() => root.isConnected || end(view));
}

/** @param {View} view */
function end(view) {
  view.gone.abort();
  view.plotly.purge(view.plot);
}

/**
 * @param {HTMLElement} root
 * @param {Plotly} plotly
 */
function build(root, plotly) {
  const plot = /** @type {HTMLDivElement & Plot} */ (el("div", "plot"));
  plot.tabIndex = 0;
  plot.setAttribute("role", "img");
  const [crosshair, step, stage] = [el("div", "crosshair"), el("div", "step"), el("div", "stage")];
  const spoken = el("div", "visually-hidden");
  spoken.setAttribute("aria-live", "polite");
  stage.append(plot, crosshair, step);
  const tools = el("div", "tools");
  const { details, table } = foldedTable();
  root.replaceChildren(stage, tools, spoken, details);
  const view = {
    ...{ root, plotly, plot, stage, crosshair, step, spoken, table, details },
    legend: el("span", "", STRIPED),
    readouts: /** @type {HTMLElement[]} */ ([]),
    zoom: /** @type {Record<string, number[]>} */ ({}),
    whole: /** @type {Record<string, number[]>} */ ({}),
    gone: new AbortController(),
    waiting: /** @type {Data | null} */ (null),
    pointer: /** @type {{x: number, y: number} | null} */ (null),
    figure: /** @type {Figure | null} */ (null),
    heard: false,
  };
  buildTools(view, tools);
  listen(view);
  return view;
}

/**
 * @param {View} view
 * @param {HTMLElement} tools
 */
function buildTools(view, tools) {
  /** @type {(text: string, act: () => void) => void} */
  const add = (text, act) => {
    const node = button("", text);
    node.addEventListener("click", act);
    tools.append(node);
  };
  /** @param {string} format */
  const save = (format) => () => {
    const { clientWidth: width, clientHeight: height } = view.plot;
    view.plotly.downloadImage(view.plot, { format, width, height, filename: "moeviz-charts" });
  };
  tools.append(el("span", "hint", "Drag across a chart to zoom in."), view.legend);
  add("Whole run", () => showWhole(view));
  add("Save PNG", save("png"));
  add("Save SVG", save("svg"));
}

/** @param {View} view */
function showWhole(view) {
  view.zoom = {};
  view.plotly.relayout(view.plot, ranges(view.whole));
}

/** @param {Record<string, number[]>} byAxis */
const ranges = (byAxis) =>
  Object.fromEntries(Object.entries(byAxis).map(([name, range]) => [`${name}.range`, range]));

/**
 * Plotly tells of every change of range; the reader's own are kept, ours equal the whole.
 * @param {View} view
 * @param {object} changes
 */
function keepZoom(view, changes) {
  for (const key of Object.keys(changes)) {
    const axis = /^([xy]axis\d*)\.range\[/.exec(key)?.[1];
    if (axis) view.zoom[axis] = [...view.plot._fullLayout[axis].range];
  }
}

/**
 * @param {View} view
 * @param {Figure} figure
 */
function zoomed(view, figure) {
  const { layout } = figure;
  view.whole = Object.fromEntries(axesOf(layout).map((name) => [name, [...layout[name].range]]));
  for (const name of axesOf(layout)) layout[name].range = view.zoom[name] ?? layout[name].range;
  return figure;
}

/**
 * Draw what came last; not in the middle of a drag, which a redraw would break off.
 * @param {View} view
 */
async function draw(view) {
  if (view.plot._dragging || !view.waiting) return;
  const data = view.waiting;
  view.waiting = null;
  view.figure = zoomed(view, themed(expand(data.figure), view.root));
  view.plot.style.height = `${view.figure.layout.height}px`; // for when the window is resized
  await redraw(view);
  if (!view.heard) listenToPlotly(view);
  setAttribute(view.plot, "aria-label", describe(view.figure));
  showCrosshair(view);
  if (view.details.open) updateTable(view);
}

/**
 * Where lines agree depends on what is shown of them, and how large.
 * @param {View} view
 */
async function redraw({ figure, plot, plotly, legend }) {
  if (!figure || !plot.clientWidth) return;
  const traces = striped(figure, { width: plot.clientWidth, height: plot.clientHeight });
  legend.hidden = traces.length === figure.data.length;
  await plotly.react(plot, traces, figure.layout, CONFIG);
}

/** @param {View} view */
function listen(view) {
  const { plot } = view;
  /** @param {PointerEvent} event */
  const follow = (event) => {
    const box = plot.getBoundingClientRect();
    view.pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
    showCrosshair(view);
  };
  plot.addEventListener("pointermove", follow);
  plot.addEventListener("pointerdown", follow);
  plot.addEventListener("pointerleave", () => hide(view));
  plot.addEventListener("blur", () => hide(view));
  plot.addEventListener("keydown", (event) => walk(view, event));
  view.details.addEventListener("toggle", () => updateTable(view));
  const { signal } = view.gone;
  globalThis.addEventListener("pointerup", () => setTimeout(() => draw(view)), { signal });
}

/**
 * Plotly's own events exist from its first drawing on.
 * @param {View} view
 */
function listenToPlotly(view) {
  view.heard = true;
  view.plot.on("plotly_relayout", (changes) => {
    keepZoom(view, changes);
    redraw(view); // Plotly keeps the figure's own ranges
  });
  view.plot.on("plotly_doubleclick", () => showWhole(view));
}

/** @param {View} view */
function updateTable({ figure, table, details }) {
  if (!figure || !details.open) return;
  const steps = stepsOf(figure);
  const every = Math.max(1, Math.ceil(steps.length / TABLE_ROWS));
  const kept = steps.filter((_, i) => (steps.length - 1 - i) % every === 0);
  const lines = lineTraces(figure).filter(({ x }) => x.length);
  const ribbons = figure.data.filter(isRibbon);
  const header = [
    "Step",
    ...lines.map((trace) =>
      `${plain(trace.name)}: ${plain(rowName(figure, trace)).split(/[,(]/)[0]}`
    ),
    ...ribbons.map((trace) => `${plain(trace.name)}: busiest expert`),
  ];
  const rows = kept.map((step) => [
    number(Math.round(step)),
    ...lines.map((trace) => valueAt(trace, step)),
    ...ribbons.map((trace) => ribbonValue(trace, step, null)[0].replace(BUSIEST, "")),
  ]);
  fillTable(table, "Values of the charts. Each row is a mean over several steps.", header, rows);
}
