// One Plotly picture with a table behind it. Moves the same nodes on every update; decides nothing.
//
// "tone:ink", "tone:muted", "tone:faint", "tone:accent" and "tone:paper" become the page's own colours,
// so that one figure serves the light page and the dark one.

import { loadPlotly, tonesOf } from "../shared/plotly.js";
import { adoptStyles, el, fillTable, foldedTable, setAttribute } from "../shared/shared.js";
import { fileButtons } from "../shared/table_files.js";

/** @import { Component, Root } from "../shared/shared.js" */
/** @import { TableFile } from "../shared/table_files.js" */

/** @typedef {{[name: string]: any, height?: number}} Layout */

/** @typedef {{data: object[], layout: Layout}} Figure */

/**
 * @typedef {object} Data
 * @property {Figure} figure  plain Plotly JSON
 * @property {string} plotly  the published name of plotly.js
 * @property {string} label
 * @property {string[]} header
 * @property {string[][]} rows
 * @property {TableFile | null} file  null: not to be taken
 * @property {[string, string, boolean][]} legend  name, colour, whether hatched
 */

/** @typedef {ReturnType<typeof build>} View */

const TONE = "tone:";
const CONFIG = { displayModeBar: false, responsive: true };

/** @param {Component<Data>} component */
export default async function chart({ data, parentElement }) {
  const [plotly] = await Promise.all([
    loadPlotly(data.plotly),
    adoptStyles(parentElement, new URL("chart.css", import.meta.url)),
  ]);
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".chart");
  if (!root) return undefined;
  root.view ??= build(root);
  const { plot, table, files, legend } = root.view;
  root.view.file = data.file;
  files.hidden = !data.file;
  const figure = themed(data.figure, tonesOf(root));
  plot.style.height = `${figure.layout.height}px`; // Plotly fits to it when the window is resized
  await plotly.react(plot, figure.data, figure.layout, CONFIG);
  setAttribute(plot, "aria-label", data.label);
  fillLegend(legend, data.legend);
  fillTable(table, data.label, data.header, data.rows);
  return () => setTimeout(() => root.isConnected || plotly.purge(plot));
}

/** @param {HTMLElement} root */
function build(root) {
  const [plot, files, legend] = [el("div", "plot"), el("div", "files"), el("ul", "legend")];
  plot.setAttribute("role", "img");
  const { details, scroll, table } = foldedTable();
  const view = { plot, table, files, legend, file: /** @type {TableFile | null} */ (null) };
  files.append(...fileButtons(() => view.file));
  scroll.before(files);
  root.replaceChildren(plot, legend, details);
  return view;
}

/**
 * A swatch and a name for each kind of mark.
 * @param {HTMLElement} list
 * @param {[string, string, boolean][]} items  name, colour, whether hatched
 */
export function fillLegend(list, items) {
  list.hidden = items.length === 0;
  list.replaceChildren(...items.map(([name, colour, hatched]) => {
    const [item, swatch] = [el("li"), el("span", hatched ? "swatch hatched" : "swatch")];
    swatch.style.backgroundColor = colour;
    item.append(swatch, name);
    return item;
  }));
}

/**
 * A copy in the page's tones and type.
 * @param {Figure} figure
 * @param {Record<string, string>} tones
 */
export function themed({ data, layout }, tones) {
  const font = { ...layout.font, color: tones.ink, family: tones.family };
  const hoverlabel = {
    bgcolor: tones.paper,
    bordercolor: tones.muted,
    font: { color: tones.ink, size: 12 },
  };
  const figure = { data, layout: { ...layout, font, hoverlabel } };
  return /** @type {Figure} */ (recoloured(figure, tones));
}

/**
 * A copy with every string that names a tone replaced by it.
 * @param {unknown} value  plain JSON
 * @param {Record<string, string>} tones
 * @returns {unknown}
 */
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
