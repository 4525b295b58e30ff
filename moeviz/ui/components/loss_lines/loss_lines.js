// A light line chart: a few lines over steps, named at their ends, read off with a crosshair.
//
// Lines live in a unit square that the browser stretches, so a change of width needs no code.

import {
  adoptStyles,
  el,
  fillTable,
  niceCeiling,
  number,
  setAttribute,
  setText,
  spread,
  svg,
  ticks,
} from "../shared/shared.js";

const UNIT = 1000;
const LABEL_GAP = 30;
const TABLE_ROWS = 12;
const MARGIN = { top: 8, bottom: 22 };

export default async function lossLines({ data, parentElement }) {
  await adoptStyles(parentElement, new URL("loss_lines.css", import.meta.url));
  const root = parentElement.querySelector(".loss-lines");
  if (!root) return undefined;
  const shape = `${data.series.length}/${data.height}`;
  if (root.view?.shape !== shape) root.view = build(root, data, shape);
  update(root.view, data);
  return undefined; // nothing outlives the nodes
}

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
  const { details, table } = buildTable();
  root.replaceChildren(heading, row, details);
  const view = {
    shape,
    root,
    heading,
    plot,
    picture,
    grid,
    marks,
    lines,
    labels,
    waiting,
    crosshair,
    readout,
    table,
    inner,
  };
  listen(view);
  return view;
}

function buildEnd(ends) {
  const node = el("div", "end");
  const name = el("span", "name");
  const value = el("span", "value-now");
  node.append(name, value);
  ends.append(node);
  return { node, name, value };
}

function buildTable() {
  const details = el("details");
  const scroll = el("div", "scroll");
  const table = el("table");
  scroll.append(table);
  details.append(el("summary", "", "Show as table"), scroll);
  return { details, table };
}

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

function update(view, data) {
  view.data = data;
  view.x = [0, Math.max(100, niceCeiling(Math.max(1, ...data.series.flatMap((s) => s.x))))];
  view.y = range(data.series.flatMap((s) => s.y).filter((v) => v !== null));
  setText(view.heading, data.y_label);
  setAttribute(view.picture, "aria-label", describe(data));
  setText(view.waiting, data.series.some((s) => s.x.length) ? "" : data.placeholder);
  drawGrid(view);
  drawMarks(view, data.marks);
  data.series.forEach((series, i) => drawLine(view, series, i));
  drawEnds(view, data.series);
  showCrosshair(view);
  updateTable(view, data);
}

/** Round bounds around the values: they change rarely, so the picture stays still. */
function range(values) {
  if (!values.length) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = niceCeiling(Math.max(high - low, Math.abs(high) * 0.02, 1e-6) / 4);
  return [Math.floor(low / step) * step, Math.ceil(high / step + 1e-9) * step];
}

const fraction = (value, [low, high]) => (value - low) / (high - low);

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
  lines[index].style.strokeWidth = 2 + data.borders[index];
  lines[index].style.strokeDasharray = series.dash === "solid" ? "none" : "5 4";
}

const colourOf = (data, series) => data.colours[series.colour_index % data.colours.length];

/** Names stand where the lines end, pushed apart where these meet. */
function drawEnds({ labels, y, data, inner }, series) {
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

function showCrosshair(view) {
  const { pointer, data, x, crosshair, readout } = view;
  const wanted = x[0] + (pointer ?? 0) * (x[1] - x[0]);
  const nearest = data.series.map((s) => nearestIndex(s.x, wanted));
  const lead = data.series.findIndex((s) => s.x.length);
  const shown = pointer !== null && pointer !== undefined && lead >= 0;
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

function nearestIndex(steps, wanted) {
  let best = -1;
  steps.forEach((step, i) => {
    if (best < 0 || Math.abs(step - wanted) <= Math.abs(steps[best] - wanted)) best = i;
  });
  return best;
}

function describe(data) {
  const parts = data.series.map((s) => `${s.name} ${number(s.y.findLast((v) => v !== null))}`);
  return `${data.y_label} over training steps. Last values: ${parts.join(", ")}`;
}

function updateTable({ table }, data) {
  const longest = data.series.reduce((a, b) => (b.x.length > a.x.length ? b : a), { x: [] });
  const every = Math.max(1, Math.ceil(longest.x.length / TABLE_ROWS));
  const steps = longest.x.filter((_, i) => (longest.x.length - 1 - i) % every === 0);
  const rows = steps.map((step) => [
    number(Math.round(step)),
    ...data.series.map((s) => number(s.y[nearestIndex(s.x, step)])),
  ]);
  fillTable(table, data.y_label, ["Step", ...data.series.map((s) => s.name)], rows);
}
