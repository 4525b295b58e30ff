// One Plotly picture with a table behind it. Moves the same nodes on every update; decides nothing.
//
// "tone:ink", "tone:muted", "tone:faint", "tone:accent" and "tone:paper" become the page's own colours,
// so that one figure serves the light page and the dark one.

import { loadPlotly, tonesOf } from "../shared/plotly.js";
import { adoptStyles, el, fillTable, setAttribute } from "../shared/shared.js";
import { fileButton } from "../shared/table_files.js";

const TONE = "tone:";
const CONFIG = { displayModeBar: false, responsive: true };

export default async function chart({ data, parentElement }) {
  const [plotly] = await Promise.all([
    loadPlotly(data.plotly),
    adoptStyles(parentElement, new URL("chart.css", import.meta.url)),
  ]);
  const root = parentElement.querySelector(".chart");
  if (!root) return undefined;
  root.view ??= build(root);
  const { plot, table, files } = root.view;
  root.view.file = data.file;
  files.hidden = !data.file;
  const figure = themed(structuredClone(data.figure), root);
  plot.style.height = `${figure.layout.height}px`; // Plotly fits to it when the window is resized
  await plotly.react(plot, figure.data, figure.layout, CONFIG);
  setAttribute(plot, "aria-label", data.label);
  fillTable(table, data.label, data.header, data.rows);
  return () => setTimeout(() => root.isConnected || plotly.purge(plot));
}

function build(root) {
  const plot = el("div", "plot");
  plot.setAttribute("role", "img");
  const details = el("details");
  const scroll = el("div", "scroll");
  const table = el("table");
  const files = el("div", "files");
  const view = { plot, table, files };
  files.append(...["CSV", "Markdown"].map((kind) => fileButton(kind, () => view.file)));
  scroll.append(table);
  details.append(el("summary", "", "Show as table"), files, scroll);
  root.replaceChildren(plot, details);
  return view;
}

function themed(figure, root) {
  const tones = tonesOf(root);
  const { layout } = figure;
  layout.font = { ...layout.font, color: tones.ink, family: tones.family };
  layout.hoverlabel = {
    bgcolor: tones.paper,
    bordercolor: tones.muted,
    font: { color: tones.ink, size: 12 },
  };
  return recoloured(figure, tones);
}

/** The same value with every string that names a tone replaced by it. */
function recoloured(value, tones) {
  if (typeof value === "string") {
    return value.startsWith(TONE) ? tones[value.slice(TONE.length)] : value;
  }
  if (Array.isArray(value)) return value.map((each) => recoloured(each, tones));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, recoloured(each, tones)]),
  );
}
