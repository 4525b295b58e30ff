// What the crosshair says: the values of one step in every row. Knows no places.

import { number, percent } from "../shared/shared.js";
import { columnAt, fullest, nearest, stepsOf } from "./live_charts_model.js";

/** @import { LinesRow, Mark, Model, RibbonRow, Series } from "./live_charts_model.js" */

/** @typedef {{text: string, colour: string | null, dash: boolean}} Line */

/** @typedef {{step: number, title: string, rows: Line[][]}} Reading */

const MOST_MARKS = 6;

/**
 * What all rows say at one of the model's steps.
 * @param {Model} model
 * @param {number} index  of `stepsOf`
 * @param {number | null} expert  the one that ribbons read; null: their fullest
 * @param {Mark[]} marks  the knob changes that are read off
 * @returns {Reading}
 */
export function readingOf(model, index, expert, marks) {
  const steps = stepsOf(model);
  const step = steps[index];
  const rows = model.rows.map((row) =>
    row.kind === "lines" ? lineValues(row, steps, index) : ribbonValues(row, step, expert)
  );
  if (rows.length) rows[0] = [...rows[0], ...markLines(marks)];
  return { step, title: `step ${number(Math.round(step))}`, rows };
}

/**
 * @param {LinesRow} row
 * @param {ArrayLike<number>} steps
 * @param {number} index
 * @returns {Line[]}
 */
function lineValues({ series }, steps, index) {
  const drawn = series.filter(({ x }) => x.length);
  if (drawn.some(({ domain }) => domain)) return domainValues(drawn, steps[index]);
  return drawn.map((each) => {
    const at = nearest(each.x, steps[index]);
    const elsewhere = nearest(steps, each.x[at]) !== index;
    const where = elsewhere ? `, step ${number(Math.round(each.x[at]))}` : "";
    const text = `${each.name} ${number(each.y[at])}${where}`;
    return { text, colour: each.colour, dash: each.dash };
  });
}

/**
 * One line a domain, all models in it; held-out values, as many again, are in the table.
 * @param {Series[]} series
 * @param {number} step
 */
function domainValues(series, step) {
  const solid = series.filter(({ dash }) => !dash);
  return [...new Set(solid.map(({ domain }) => domain))].map((domain) => {
    const values = solid
      .filter((each) => each.domain === domain)
      .map(({ name, arm, x, y }) => `${arm ?? name} ${number(y[nearest(x, step)])}`);
    return { text: `${domain}: ${values.join(", ")}`, colour: null, dash: false };
  });
}

/**
 * @param {RibbonRow} ribbon
 * @param {number} step
 * @param {number | null} expert
 * @returns {Line[]}
 */
function ribbonValues(ribbon, step, expert) {
  if (!ribbon.columns) return [];
  const column = columnAt(ribbon, step);
  if (expert !== null && expert < ribbon.experts) {
    const text = `expert ${expert}: ${percent(ribbon.share(expert, column))}`;
    return [{ text, colour: ribbon.colours[expert] ?? null, dash: false }];
  }
  const most = fullest(ribbon, column);
  if (!most) return [{ text: "–", colour: null, dash: false }];
  const text = `most load: expert ${most.expert}, ${percent(most.load)}`;
  return [{ text, colour: ribbon.colours[most.expert] ?? null, dash: false }];
}

/**
 * @param {Mark[]} marks
 * @returns {Line[]}
 */
function markLines(marks) {
  const shown = marks.length > MOST_MARKS ? marks.slice(0, MOST_MARKS - 1) : marks;
  const words = shown.map(({ step, label }) => `from step ${number(step)}: ${label}`);
  const more = marks.length - shown.length;
  if (more) words.push(`and ${number(more)} more changes, in the table`);
  return words.map((text) => ({ text, colour: null, dash: false }));
}

/**
 * A reading as one sentence, for listeners.
 * @param {Reading} reading
 */
export const spoken = ({ title, rows }) =>
  [title, ...rows.map((lines) => lines.map(({ text }) => text).join(", "))]
    .filter(Boolean).join(". ");
