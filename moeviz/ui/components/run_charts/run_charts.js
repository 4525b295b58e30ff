// The live charts of a run: Plotly draws, this file reads off the same step in every row.
//
// `Plotly.react` moves the same nodes, and `uirevision` keeps what the reader zoomed to. Hovering
// stays in the browser: Python hears nothing of it.

import { adoptStyles, el, fillTable, number, percent, setAttribute, setText } from "./shared.js";

const TABLE_ROWS = 20;
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset" };

export default async function runCharts({ data, parentElement, key }) {
  const [plotly] = await Promise.all([
    loadPlotly(data.plotly),
    adoptStyles(parentElement, "shared.css", "run_charts.css"),
  ]);
  const root = parentElement.querySelector(".run-charts");
  if (!root) return undefined;
  root.view ??= build(root, plotly, key);
  const view = root.view;
  view.waiting = data;
  await draw(view);
  // An overtaken call is cleaned up too, while its nodes live on: only a removed plot is purged.
  return () => setTimeout(() => root.isConnected || plotly.purge(view.plot));
}

/** plotly.js is a classic script; every component on the page shares one copy. */
function loadPlotly(file) {
  window.moevizPlotly ??= new Promise((resolve, reject) => {
    const script = el("script");
    script.src = new URL(`../${file}`, import.meta.url).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`cannot load ${script.src}`));
    document.head.append(script);
  });
  return window.moevizPlotly;
}

function build(root, plotly, key) {
  const plot = el("div", "plot");
  plot.tabIndex = 0;
  plot.setAttribute("role", "img");
  const crosshair = el("div", "crosshair");
  const step = el("div", "step");
  const spoken = el("div", "visually-hidden");
  spoken.setAttribute("aria-live", "polite");
  const stage = el("div", "stage");
  stage.append(plot, crosshair, step);
  const tools = el("div", "tools");
  const { details, table } = buildTable();
  root.replaceChildren(stage, tools, spoken, details);
  const view = { root, plotly, plot, stage, crosshair, step, spoken, table, details, readouts: [], key };
  buildTools(view, tools);
  listen(view);
  return view;
}

function buildTable() {
  const details = el("details");
  const scroll = el("div", "scroll");
  const table = el("table");
  scroll.append(table);
  details.append(el("summary", "", "Show as table"), scroll);
  return { details, table };
}

function buildTools(view, tools) {
  const button = (text, act) => {
    const node = el("button", "", text);
    node.type = "button";
    node.addEventListener("click", act);
    tools.append(node);
  };
  const save = (format) => () => {
    const { clientWidth: width, clientHeight: height } = view.plot;
    view.plotly.downloadImage(view.plot, { format, width, height, filename: view.key ?? "charts" });
  };
  tools.append(el("span", "hint", "Drag to zoom."));
  button("Whole run", () => view.plotly.relayout(view.plot, wholeRange(view.figure)));
  button("Save PNG", save("png"));
  button("Save SVG", save("svg"));
}

function wholeRange({ layout }) {
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name));
  return Object.fromEntries(axes.map((name) => [`${name}.range`, layout[name].range]));
}

/** Draw what came last; not in the middle of a drag, which a redraw would break off. */
async function draw(view) {
  if (view.plot._dragging || !view.waiting) return;
  const data = view.waiting;
  view.waiting = null;
  view.figure = themed(expand(data.figure), view.root);
  await view.plotly.react(view.plot, view.figure.data, view.figure.layout, CONFIG);
  setAttribute(view.plot, "aria-label", describe(view.figure));
  showCrosshair(view);
  if (view.details.open) updateTable(view);
}

/** Ribbons travel as one byte a value: 255 · √share. */
function expand(figure) {
  for (const trace of figure.data) {
    if (trace.type !== "heatmap") continue;
    const bytes = Uint8Array.from(atob(trace.z.bytes), (c) => c.charCodeAt(0));
    const shares = Array.from(bytes, (byte) => 100 * (byte / 255) ** 2);
    const { columns } = trace.z;
    const rows = columns ? shares.length / columns : 0;
    trace.z = Array.from({ length: rows }, (_, r) => shares.slice(r * columns, (r + 1) * columns));
  }
  return figure;
}

/** The page's own type and tones; hovering is ours. */
function themed(figure, root) {
  const css = getComputedStyle(root);
  const ink = css.getPropertyValue("--st-text-color").trim() || css.color;
  const { layout } = figure;
  layout.font = { ...layout.font, color: ink, family: css.fontFamily };
  layout.paper_bgcolor = css.getPropertyValue("--st-background-color").trim();
  layout.hovermode = false;
  layout.uirevision = "kept";
  const grid = css.getPropertyValue("--st-border-color").trim();
  for (const name of Object.keys(layout)) {
    if (/^[xy]axis/.test(name)) layout[name].gridcolor = grid;
  }
  if (isLight(ink)) layout.coloraxis.colorscale = layout.meta.dark_colorscale;
  return figure;
}

/** Light ink means a dark page. */
function isLight(colour) {
  const context = el("canvas").getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return red + green + blue > 382;
}

function listen(view) {
  const { plot } = view;
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
  window.addEventListener("pointerup", () => setTimeout(() => view.root.isConnected && draw(view)));
}

function hide(view) {
  view.pointer = null;
  showCrosshair(view);
}

/** Left and right move the crosshair by one point and speak what stands there. */
function walk(view, event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const steps = stepsOf(view.figure);
  if (!by || !steps.length) return;
  event.preventDefault();
  const axis = view.plot._fullLayout.xaxis;
  const from = view.pointer ? nearest(steps, axis.p2l(view.pointer.x - axis._offset)) : steps.length;
  const to = Math.min(steps.length - 1, Math.max(0, from + by));
  view.pointer = { x: axis._offset + axis.l2p(steps[to]), y: 0 };
  showCrosshair(view);
  setText(view.spoken, [view.step, ...view.readouts].map((node) => node.textContent).join(". "));
}

/** The longest line's steps: where the crosshair can stand. */
function stepsOf(figure) {
  return figure.data.reduce((best, { x }) => (x && x.length > best.length ? x : best), []);
}

function nearest(steps, wanted) {
  let best = 0;
  steps.forEach((step, i) => {
    if (Math.abs(step - wanted) < Math.abs(steps[best] - wanted)) best = i;
  });
  return best;
}

function showCrosshair(view) {
  const { figure, pointer, plot } = view;
  const steps = figure ? stepsOf(figure) : [];
  const shown = Boolean(pointer) && steps.length > 0;
  view.stage.classList.toggle("reading", shown);
  if (!shown) return;
  const { xaxis: axis, _size: size } = plot._fullLayout;
  const wanted = Math.min(axis._length, Math.max(0, pointer.x - axis._offset));
  const step = steps[nearest(steps, axis.p2l(wanted))];
  const x = axis._offset + axis.l2p(step);
  const before = x > axis._offset + axis._length * 0.6;
  view.crosshair.style.cssText = `left: ${x}px; top: ${size.t}px; height: ${size.h}px`;
  setText(view.step, `step ${number(Math.round(step))}`);
  view.step.style.cssText = `left: ${x}px; top: ${size.t + size.h + 2}px`;
  const rows = figure.layout.meta.rows;
  while (view.readouts.length < rows.length) view.readouts.push(addReadout(view.stage));
  const pointed = pointedExpert(view, rows, size);
  view.readouts.forEach((node, i) => {
    const lines = i < rows.length ? rowValues(figure, rows[i], step, pointed) : [];
    node.replaceChildren(...lines.map(([text, colour]) => valueLine(text, colour)));
    node.classList.toggle("before", before);
    if (lines.length) node.style.left = `${x}px`;
    if (lines.length) node.style.top = `${size.t + size.h * (1 - rows[i].top)}px`;
  });
}

function addReadout(stage) {
  const node = el("div", "readout");
  stage.append(node);
  return node;
}

function valueLine(text, colour) {
  const node = el("div", colour ? "value keyed" : "value", text);
  if (colour) node.style.setProperty("--line", colour);
  return node;
}

/** The expert under the pointer, in whichever ribbon it is; null elsewhere. */
function pointedExpert({ figure, pointer }, rows, size) {
  const up = 1 - (pointer.y - size.t) / size.h;
  const row = rows.find(({ kind, top, bottom }) => kind === "ribbon" && up <= top && up >= bottom);
  if (!row) return null;
  const experts = figure.data[row.first].z.length;
  const down = (row.top - up) / (row.top - row.bottom);
  return Math.min(experts - 1, Math.floor(down * experts));
}

function rowValues(figure, row, step, pointed) {
  const traces = figure.data.slice(row.first, row.first + row.count);
  if (row.kind === "ribbon") return [ribbonValue(traces[0], step, pointed)];
  return traces
    .filter(({ x }) => x.length)
    .map((trace) => [`${plain(trace.name)} ${number(trace.y[nearest(trace.x, step)])}`, trace.line.color]);
}

function ribbonValue({ z, x0, dx }, step, pointed) {
  const column = Math.round((step - x0) / dx);
  const loads = z.map((row) => row[Math.min(row.length - 1, Math.max(0, column))]);
  const expert = pointed !== null && pointed < loads.length ? pointed : loads.indexOf(Math.max(...loads));
  const word = expert === pointed ? "" : "most: ";
  return [`${word}expert ${expert} ${percent(loads[expert] / 100)}`, null];
}

/** Names are escaped for Plotly, which reads tags; here they are text again. */
const plain = (name) => name.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function lineTraces(figure) {
  return figure.data.filter(({ type }) => type === "scatter");
}

function rowName({ layout }, trace) {
  return layout.annotations[trace.yaxis === "y2" ? 1 : 0].text;
}

function describe(figure) {
  const last = lineTraces(figure)
    .filter(({ y }) => y.length)
    .map((trace) => `${plain(rowName(figure, trace))}, ${plain(trace.name)}: ${number(trace.y.at(-1))}`);
  return `Charts over training steps. ${last.join("; ") || "No step yet"}. Left and right arrows read off steps.`;
}

function updateTable({ figure, table, details }) {
  if (!figure || !details.open) return;
  const steps = stepsOf(figure);
  const every = Math.max(1, Math.ceil(steps.length / TABLE_ROWS));
  const kept = steps.filter((_, i) => (steps.length - 1 - i) % every === 0);
  const lines = lineTraces(figure).filter(({ x }) => x.length);
  const ribbons = figure.data.filter(({ type }) => type === "heatmap");
  const header = [
    "Step",
    ...lines.map((trace) => `${plain(trace.name)}: ${plain(rowName(figure, trace)).split(/[,(]/)[0]}`),
    ...ribbons.map((trace) => `${plain(trace.name)}: expert with most`),
  ];
  const rows = kept.map((step) => [
    number(Math.round(step)),
    ...lines.map((trace) => number(trace.y[nearest(trace.x, step)])),
    ...ribbons.map((trace) => ribbonValue(trace, step, null)[0].replace("most: expert ", "")),
  ]);
  fillTable(table, "The charts' values, every row a mean over steps", header, rows);
}
