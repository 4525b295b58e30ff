// The charts as rows of text: a short table to read, and all points for a file. Knows no page.

import { number, percent } from "../shared/shared.js";
import {
  columnAt,
  columnSteps,
  fullest,
  linesOf,
  nearest,
  present,
  ribbonsOf,
  shortLabel,
  stepsOf,
} from "./live_charts_model.js";

/** @import { Mark, Model, RibbonRow, Series } from "./live_charts_model.js" */

const TABLE_ROWS = 20;

/** @typedef {{caption: string, header: string[], rows: string[][]}} Table */

/**
 * At most `TABLE_ROWS` steps, evenly spaced, the last one among them.
 * @param {Model} model
 * @returns {Table}
 */
export function tableOf(model) {
  const steps = stepsOf(model);
  const every = Math.max(1, Math.ceil(steps.length / TABLE_ROWS));
  const kept = Array.from(steps).filter((_, i) => (steps.length - 1 - i) % every === 0);
  const apart = kept.length > 1 ? kept[1] - kept[0] : Infinity;
  const lines = linesOf(model).flatMap((row) => row.series.map((series) => ({ row, series })));
  const drawn = lines.filter(({ series }) => series.x.length);
  const ribbons = ribbonsOf(model).filter(({ columns }) => columns);
  const header = [
    "Step",
    ...drawn.map(({ row, series }) => `${series.name}: ${shortLabel(row)}`),
    ...ribbons.map((ribbon) => `${nameOf(ribbon)}: expert with most load`),
  ];
  const rows = kept.map((step) => [
    number(Math.round(step)),
    ...drawn.map(({ series }) => lineCell(series, step, apart)),
    ...ribbons.map((ribbon) => ribbonCell(ribbon, step)),
  ]);
  return { caption: "The charts' values. Each is the mean of the steps around it.", header, rows };
}

/** @param {RibbonRow} ribbon */
const nameOf = (ribbon) => ribbon.name ?? shortLabel(ribbon);

/**
 * A line's value at a step; of one that was measured rarely, the value nearest by.
 * @param {Series} series
 * @param {number} step
 * @param {number} apart  between two rows
 */
function lineCell({ x, y }, step, apart) {
  const at = nearest(x, step);
  return number(Math.abs(x[at] - step) <= apart / 2 ? y[at] : null);
}

/**
 * @param {RibbonRow} ribbon
 * @param {number} step
 */
function ribbonCell(ribbon, step) {
  const most = fullest(ribbon, columnAt(ribbon, step));
  return most ? `${most.expert}, ${percent(most.load)}` : "–";
}

/**
 * Every knob change in its own words.
 * @param {Mark[]} marks
 * @returns {Table}
 */
export function marksTable(marks) {
  const rows = inOrder(marks).map(({ step, label }) => [number(step), label]);
  return { caption: "Knob changes", header: ["From step", "Change"], rows };
}

/** @param {Mark[]} marks */
const inOrder = (marks) => marks.toSorted((one, other) => one.step - other.step);

/**
 * Every point that is drawn, as it was given: a row for each step at which there is a point of a
 * line, a column of a ribbon or a knob change; cells without a value are empty.
 * @param {Model} model
 * @returns {{header: string[], rows: (string | number)[][]}}
 */
export function fileTable(model) {
  const columns = [...lineColumns(model), ...ribbonColumns(model), markColumn(model)];
  const steps = [...new Set(columns.flatMap(({ cells }) => [...cells.keys()]))];
  return {
    header: ["Step", ...columns.map(({ title }) => title)],
    rows: steps
      .sort((one, other) => one - other)
      .map((step) => [step, ...columns.map(({ cells }) => cells.get(step) ?? "")]),
  };
}

/** @typedef {{title: string, cells: Map<number, string | number>}} Column */

/**
 * @param {Model} model
 * @returns {Column[]}
 */
function lineColumns(model) {
  return linesOf(model).flatMap(({ label, series }) =>
    series.map(({ name, x, y }) => ({
      title: `${name}: ${label}`,
      cells: new Map(Array.from(x, (step, i) => [step, cellOf(y[i])])),
    }))
  );
}

/** @param {number | null | undefined} value */
const cellOf = (value) => (present(value) ? value : "");

/**
 * @param {Model} model
 * @returns {Column[]}
 */
function ribbonColumns(model) {
  return ribbonsOf(model).flatMap((ribbon) => {
    const steps = columnSteps(ribbon);
    return Array.from({ length: ribbon.experts }, (_, expert) => ({
      title: `${ribbon.label}, expert ${expert}`,
      cells: new Map(steps.map((step, column) => [step, cellOf(ribbon.share(expert, column))])),
    }));
  });
}

/**
 * @param {Model} model
 * @returns {Column}
 */
function markColumn({ marks }) {
  /** @type {Map<number, string>} */
  const cells = new Map();
  for (const { step, label } of inOrder(marks)) {
    const before = cells.get(step);
    cells.set(step, before === undefined ? label : `${before}; ${label}`);
  }
  return { title: "Knob changes", cells };
}
