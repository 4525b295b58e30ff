// The figure as it travels, turned into what Plotly draws in the page's tones, and read as text.

import { el, number, percent } from "../shared/shared.js";

export const axesOf = (layout) => Object.keys(layout).filter((name) => /^[xy]axis/.test(name));

/** Undo what `compact` did to save bytes. */
export function expand(figure) {
  for (const trace of figure.data) {
    if (trace.type === "heatmap") trace.z = ribbonFrom(trace.z);
    else if (!Array.isArray(trace.x)) trace.x = stepsFrom(trace.x);
  }
  return figure;
}

/** One byte a value: 255 · √share. */
function ribbonFrom({ bytes, columns }) {
  const shares = Array.from(atob(bytes), (c) => 100 * (c.charCodeAt(0) / 255) ** 2);
  const rows = columns ? shares.length / columns : 0;
  return Array.from({ length: rows }, (_, r) => shares.slice(r * columns, (r + 1) * columns));
}

function stepsFrom({ first, last, count }) {
  return Array.from({ length: count }, (_, i) => first + ((last - first) * i) / (count - 1));
}

/** The page's own type and tones; hovering is ours. */
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

/** Light ink means a dark page. */
function isLight(colour) {
  const context = el("canvas").getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return red + green + blue > 382;
}

/** The longest line's steps: where the crosshair can stand. */
export function stepsOf(figure) {
  return figure.data.reduce((best, { x }) => (x && x.length > best.length ? x : best), []);
}

export function nearest(steps, wanted) {
  let best = 0;
  steps.forEach((step, i) => {
    if (Math.abs(step - wanted) < Math.abs(steps[best] - wanted)) best = i;
  });
  return best;
}

export function rowValues(figure, row, step, pointed) {
  const traces = figure.data.slice(row.first, row.first + row.count);
  if (row.kind === "ribbon") return [ribbonValue(traces[0], step, pointed)];
  const drawn = traces.filter(({ x }) => x.length);
  if (drawn.some(({ meta }) => meta.domain)) return domainValues(drawn, step);
  return drawn.map((
    trace,
  ) => [`${plain(trace.name)} ${number(trace.y[nearest(trace.x, step)])}`, trace.line.color]);
}

/** One line a domain, all arms in it; held-out values, as many again, are in the table. */
function domainValues(traces, step) {
  const trained = traces.filter(({ meta }) => !meta.held_out);
  return [...new Set(trained.map(({ meta }) => meta.domain))].map((domain) => {
    const arms = trained
      .filter(({ meta }) => meta.domain === domain)
      .map(({ name, x, y }) =>
        `${plain(name.slice(0, -`, ${domain}`.length))} ${number(y[nearest(x, step)])}`
      );
    return [`${plain(domain)}: ${arms.join(", ")}`, null];
  });
}

export function ribbonValue({ z, x0, dx }, step, pointed) {
  if (!z.length) return ["", null];
  const column = Math.round((step - x0) / dx);
  const loads = z.map((row) => row[Math.min(row.length - 1, Math.max(0, column))]);
  const expert = pointed !== null && pointed < loads.length
    ? pointed
    : loads.indexOf(Math.max(...loads));
  const word = expert === pointed ? "" : "most: ";
  return [`${word}expert ${expert} ${percent(loads[expert] / 100)}`, null];
}

/** Names are escaped for Plotly, which reads tags; here they are text again. */
export const plain = (name) =>
  name.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function lineTraces(figure) {
  return figure.data.filter(({ type }) => type === "scatter");
}

export function rowName({ layout }, trace) {
  return layout.annotations[trace.yaxis === "y2" ? 1 : 0].text;
}

export function describe(figure) {
  const last = lineTraces(figure)
    .filter(({ y }) => y.length)
    .map((trace) =>
      `${plain(rowName(figure, trace))}, ${plain(trace.name)}: ${number(trace.y.at(-1))}`
    );
  return `Charts over training steps. ${
    last.join("; ") || "No step yet"
  }. Left and right arrows read off steps.`;
}
