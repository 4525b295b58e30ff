// The charts' nodes and what is remembered between two drawings. Draws nothing.

import { el, fillTable } from "../shared/shared.js";
import { marksTable, tableOf } from "./live_charts_table.js";
import { hintWords, STRIPED } from "./live_charts_words.js";

/** @import { Options } from "./live_charts.js" */
/** @import { Look } from "./live_charts_draw.js" */
/** @import { Frame } from "./live_charts_frame.js" */
/** @import { Mark, Model } from "./live_charts_model.js" */
/** @import { Cross } from "./live_charts_cross.js" */
/** @import { Range } from "./live_charts_scales.js" */
/** @import { Measure } from "./live_charts_text.js" */

/**
 * @typedef {object} View
 * @property {ReturnType<typeof build>} nodes
 * @property {CanvasRenderingContext2D} context
 * @property {boolean} compact
 * @property {string} fileName
 * @property {string} title
 * @property {Model | null} model
 * @property {Frame | null} frame  what was drawn last
 * @property {Cross | null} cross
 * @property {Look} look
 * @property {string} lookKey  changes with the page's tones
 * @property {Measure} measure
 * @property {number} width  of the canvas, in CSS pixels
 * @property {number} height
 * @property {Range | null} zoom  in steps; null: the whole run
 * @property {{x: number, y: number} | null} pointer
 * @property {number | null} walked  the step that the arrow keys have come to
 * @property {number | null} expert  the one that the arrow keys have come to
 * @property {Mark[] | null} changes  those that the keys have come to
 * @property {{from: number, to: number, x: number} | null} drag  two steps, and where it began
 * @property {boolean} onScreen
 * @property {boolean | null} styled  null: not on the page yet; false: styles are on their way
 * @property {boolean} due  something is to be drawn
 * @property {boolean} stale  places are to be found anew before
 * @property {number | null} waiting  the frame in which it will be
 * @property {AbortController} gone
 */

/**
 * @param {Options} options
 * @returns {View}
 */
export function newView({ height, compact = false, fileName = "moeviz-charts", title = "Charts" }) {
  const nodes = build(typeof height === "number" ? `${height}px` : height, compact);
  const context = nodes.canvas.getContext("2d");
  if (!context) throw new Error("this browser paints no canvas");
  nodes.canvas.setAttribute("aria-label", title); // until there is something to describe
  const tones = { ink: "", muted: "", faint: "", accent: "", paper: "", family: "", dark: false };
  return {
    ...{ nodes, context, compact, fileName, title },
    ...{ model: null, frame: null, cross: null },
    ...{ look: tones, lookKey: "", measure: () => 0 },
    ...{ width: 0, height: 0, zoom: null },
    ...{ pointer: null, walked: null, expert: null, changes: null, drag: null },
    ...{ onScreen: false, styled: null, due: false, stale: true, waiting: null },
    gone: new AbortController(),
  };
}

/**
 * @param {string} height
 * @param {boolean} compact
 */
function build(height, compact) {
  const figure = el("figure", `moeviz live-charts${compact ? " compact" : ""}`);
  figure.style.setProperty("--height", height);
  figure.style.minHeight = height; // before the styles have come, too
  const [picture, stage, canvas] = [el("div", "picture"), el("div", "stage"), el("canvas")];
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const titles = el("div", "titles");
  stage.append(canvas, titles);
  const spoken = el("div", "visually-hidden");
  spoken.setAttribute("aria-live", "polite");
  const [tools, hint, whole] = [
    el("div", "tools"),
    el("span", "hint", hintWords(null)),
    toolButton("Whole run"),
  ];
  const files = ["PNG", "SVG", "CSV"].map((kind) => toolButton(`Save ${kind}`));
  const { details, scroll, table, changes } = buildTables();
  picture.append(stage);
  figure.append(picture, spoken, details);
  if (compact) {
    tools.append(...files);
    details.append(tools, scroll);
    figure.append(whole);
    whole.classList.add("whole");
  } else {
    tools.append(hint, el("span", "", STRIPED), whole, ...files);
    picture.append(tools);
    details.append(scroll);
  }
  return { figure, stage, canvas, titles, spoken, hint, whole, files, details, table, changes };
}

/** @param {string} words */
function toolButton(words) {
  const node = el("button", "tool", words);
  node.type = "button";
  return node;
}

function buildTables() {
  const [details, scroll] = [el("details"), el("div", "scroll")];
  const [table, changes] = [el("table"), el("table", "changes")];
  scroll.append(table, changes);
  details.append(el("summary", "", "Show as table"));
  return { details, scroll, table, changes };
}

/**
 * The tables are filled only while a reader has them open.
 * @param {View} view
 */
export function updateTables({ model, nodes: { details, table, changes } }) {
  if (!model || !details.open) return;
  const [values, marks] = [tableOf(model), marksTable(model.marks)];
  fillTable(table, values.caption, values.header, values.rows);
  changes.hidden = marks.rows.length === 0;
  fillTable(changes, marks.caption, marks.header, marks.rows);
}
