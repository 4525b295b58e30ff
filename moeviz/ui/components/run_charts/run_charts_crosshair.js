// One crosshair through all rows: the values of the same step beside it, by pointer or arrow keys.

import { nearest, rowValues, stepsOf } from "./run_charts_figure.js";
import { el, number, setText } from "../shared/shared.js";

/** @import { View } from "./run_charts.js" */
/** @import { Row } from "./run_charts_figure.js" */

/** @param {View} view */
export function hide(view) {
  view.pointer = null;
  showCrosshair(view);
}

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

/**
 * Left and right move the crosshair by one point and speak what stands there.
 * @param {View} view
 * @param {KeyboardEvent} event
 */
export function walk(view, event) {
  const by = STEPS[event.key];
  const steps = view.figure ? stepsOf(view.figure) : [];
  if (!by || !steps.length) return;
  event.preventDefault();
  const axis = view.plot._fullLayout.xaxis;
  const from = view.pointer
    ? nearest(steps, axis.p2l(view.pointer.x - axis._offset))
    : steps.length;
  const to = Math.min(steps.length - 1, Math.max(0, from + by));
  view.pointer = { x: axis._offset + axis.l2p(steps[to]), y: 0 };
  showCrosshair(view);
  setText(view.spoken, [view.step, ...view.readouts].map((node) => node.textContent).join(". "));
}

/** @param {View} view */
export function showCrosshair(view) {
  const { figure, pointer, plot } = view;
  const steps = figure ? stepsOf(figure) : [];
  view.stage.classList.toggle("reading", pointer !== null && steps.length > 0);
  if (!figure || !pointer || !steps.length) return;
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
  const pointed = pointedExpert(view, pointer.y, size);
  view.readouts.forEach((node, i) => {
    const lines = i < rows.length ? rowValues(figure, rows[i], step, pointed) : [];
    node.replaceChildren(...lines.map(([text, colour]) => valueLine(text, colour)));
    node.classList.toggle("before", before);
    if (lines.length) node.style.left = `${x}px`;
    if (lines.length) node.style.top = `${size.t + size.h * (1 - rows[i].top)}px`;
  });
}

/** @param {HTMLElement} stage */
function addReadout(stage) {
  const node = el("div", "readout");
  stage.append(node);
  return node;
}

/**
 * @param {string} text
 * @param {string | null} colour
 */
function valueLine(text, colour) {
  const node = el("div", colour ? "value keyed" : "value", text);
  if (colour) node.style.setProperty("--line", colour);
  return node;
}

/**
 * The expert under the pointer, in whichever ribbon it is; null elsewhere.
 * @param {View} view
 * @param {number} y  in pixels from above
 * @param {{t: number, h: number}} size
 */
function pointedExpert({ figure }, y, size) {
  const up = 1 - (y - size.t) / size.h;
  /** @param {Row} row */
  const holds = ({ kind, top, bottom }) => kind === "ribbon" && up <= top && up >= bottom;
  const row = figure?.layout.meta.rows.find(holds);
  const ribbon = row && figure?.data[row.first];
  if (!row || ribbon?.type !== "heatmap") return null;
  const down = (row.top - up) / (row.top - row.bottom);
  return Math.min(ribbon.z.length - 1, Math.floor(down * ribbon.z.length));
}
