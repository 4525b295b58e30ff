// Draws the frame on a surface: rows, lines, ribbons, marks, labels, axis. Decides no place.

import { present } from "./live_charts_model.js";
import { drawRibbon } from "./live_charts_ribbon.js";
import { partedBy } from "./live_charts_together.js";
import { SIZE, small } from "./live_charts_text.js";

/** @import { Frame } from "./live_charts_frame.js" */
/** @import { LinesFrame, RibbonFrame } from "./live_charts_rows.js" */
/** @import { EndLabel } from "./live_charts_ends.js" */
/** @import { MarkLabel } from "./live_charts_marks.js" */
/** @import { Series } from "./live_charts_model.js" */
/** @import { Surface, Type } from "./live_charts_surface.js" */
/** @import { Box } from "./live_charts_text.js" */

/**
 * The page's colours and type.
 * @typedef {{ink: string, muted: string, faint: string, accent: string, paper: string,
 *   family: string, dark: boolean}} Look
 */

const SLACK = 3; // a line that runs along an edge is drawn whole
const DASH = [5, 4];
const DOTTED = [2, 3];
const MANY = 20; // lines would drown what they run through
const BAND = 0.16; // of the ink where changes are close
const STRIPE = 7;
const RIM = 1.2;
const FINE = 0.6; // of the width have lines that are split by domain: they are many

/**
 * @param {Frame} frame
 * @param {string} placeholder
 * @param {Look} look
 * @param {Surface} surface
 */
export function drawCharts(frame, placeholder, look, surface) {
  for (const row of frame.rows) {
    if (row.kind === "ribbon") drawRibbon(row, frame, look, surface);
    else drawGrid(row, look, surface);
  }
  drawMarkLines(frame, look, surface);
  for (const row of frame.rows) {
    if (row.kind === "lines") drawLines(row, frame, look, surface);
    drawTitle(row, look, surface);
  }
  for (const label of frame.marks.labels) drawMarkLabel(label, look, surface);
  drawAxis(frame, look, surface);
  if (frame.empty) drawPlaceholder(frame, placeholder, look, surface);
}

/**
 * @param {LinesFrame} row
 * @param {Look} look
 * @param {Surface} surface
 */
function drawGrid({ box, ticks }, look, surface) {
  const rules = ticks.map(({ at }) => [box.x, crisp(at), box.x + box.width, crisp(at)]);
  surface.lines(rules, { colour: look.faint, width: 1 });
  for (const { text, at } of ticks) {
    surface.text(text, box.x - 6, at, small(look.muted, "right"));
  }
}

/** @param {number} at */
const crisp = (at) => Math.round(at) + 0.5;

/**
 * Where models agree, one line would hide the other: there the later one is dashes on the earlier.
 * @param {LinesFrame} frame
 * @param {Frame} charts
 * @param {Look} look
 * @param {Surface} surface
 */
function drawLines({ row, box, y, ends }, { x, range }, look, surface) {
  const models = [...new Set(row.series.map(({ colour }) => colour))];
  const pieces = row.series.map((series) => piecesOf(series, x.at, y.at, range));
  const room = { ...box, y: box.y - SLACK, height: box.height + 2 * SLACK };
  surface.clip(room, () => {
    row.series.forEach((series, i) => {
      const { colour, dash } = series;
      const width = (series.domain ? FINE : 1) * (dash ? 1.6 : 2);
      const below = row.series.flatMap((other, j) =>
        j < i && other.colour !== colour && other.dash === dash ? pieces[j].paths : []
      );
      const { alone, together } = partedBy(pieces[i].paths, below);
      const rank = models.indexOf(colour);
      const [whole, striped] = strokes(dash, rank, models.length);
      surface.lines(alone, { colour, width, ...whole });
      surface.lines(together, { colour, width, ...striped });
      const radius = 1 + width / 2 + RIM * (models.length - 1 - rank); // a later one lies upon it
      for (const [at, height] of pieces[i].dots) surface.dot(at, height, radius, colour);
    });
  });
  for (const end of ends) drawEnd(end, box, x.at, look, surface);
}

/**
 * How a model's line is drawn alone, and together with those of the models before it: in dashes
 * that leave each of them some room.
 * @param {boolean} dashed  for itself
 * @param {number} rank
 * @param {number} models
 */
function strokes(dashed, rank, models) {
  const offset = -(rank * (DASH[0] + DASH[1])) / models;
  if (dashed) return [{ dash: DASH, offset }, { dash: DASH, offset }];
  return [{}, { dash: [STRIPE, STRIPE * (models - 1)], offset: -rank * STRIPE }];
}

/**
 * A line's unbroken parts in a range of steps, with their neighbours outside; points that stand
 * alone are dots.
 * @param {Series} series
 * @param {(step: number) => number} x
 * @param {(value: number) => number} y
 * @param {readonly [number, number]} range
 */
export function piecesOf({ x: steps, y: values }, x, y, [low, high]) {
  /** @type {number[][]} */
  const pieces = [];
  let broken = true;
  for (let i = 0; i < steps.length; i++) {
    const value = values[i];
    if (steps[i + 1] < low) continue;
    if (!present(value)) broken = true;
    else {
      if (broken) pieces.push([]);
      pieces[pieces.length - 1].push(x(steps[i]), y(value));
      broken = false;
    }
    if (steps[i] > high) break;
  }
  return {
    paths: pieces.filter((piece) => piece.length > 2),
    dots: pieces.filter((piece) => piece.length === 2),
  };
}

/**
 * A line's name and value; a thin line leads from its end to them.
 * @param {EndLabel} label
 * @param {Box} row
 * @param {(step: number) => number} x
 * @param {Look} look
 * @param {Surface} surface
 */
function drawEnd({ text, box, end, wanted }, row, x, look, surface) {
  const middle = box.y + box.height / 2;
  const [left, edge] = [box.x, row.x + row.width];
  if (end.colour) {
    const from = Math.min(edge, Math.max(row.x, x(end.from)));
    const inside = wanted >= row.y - 1 && wanted <= row.y + row.height + 1;
    if (end.at !== null && inside) {
      const lead = [from, wanted, edge, wanted, left - 2, middle];
      surface.lines([lead], { colour: end.colour, width: 1, dash: [1, 3] });
    }
    const key = [left + 1.5, box.y + 2, left + 1.5, box.y + box.height - 2];
    surface.lines([key], { colour: end.colour, width: 3, dash: end.dash ? [3, 2] : [] });
  }
  surface.text(text, left + 8, middle, { colour: look.ink, size: SIZE });
}

/**
 * Lines and bands run through the rows alone, so that none crosses a title; poles lead up to the
 * labels.
 * @param {Frame} frame
 * @param {Look} look
 * @param {Surface} surface
 */
function drawMarkLines({ marks, rows, top }, look, surface) {
  if (!marks.lines.length || !rows.length) return;
  for (const { box } of rows) {
    for (const { first, last } of marks.bands) {
      surface.rect({ ...box, x: first, width: last - first }, look.muted, BAND);
    }
  }
  const paths = rows.flatMap(({ box }) =>
    marks.lines.map((at) => [at, box.y, at, box.y + box.height])
  );
  const many = marks.lines.length > MANY;
  const style = many ? { alpha: 0.25 } : { alpha: 0.8, dash: DOTTED };
  surface.lines(paths, { colour: look.muted, width: 1, ...style });
  const poles = marks.labels.map(({ box, pole }) => {
    const within = pole > box.x && pole < box.x + box.width;
    return [pole, within ? box.y + box.height : box.y + 1, pole, rows[0].box.y];
  });
  const spans = marks.labels
    .filter(({ first, last }) => last > first)
    .map(({ first, last }) => [first, top + 2.5, last, top + 2.5]);
  surface.lines([...poles, ...spans], { colour: look.muted, width: 1, alpha: 0.8 });
}

/**
 * @param {MarkLabel} label
 * @param {Look} look
 * @param {Surface} surface
 */
function drawMarkLabel({ text, box }, look, surface) {
  surface.text(text, box.x + 4, box.y + box.height / 2, small(look.ink));
}

/**
 * @param {LinesFrame | RibbonFrame} row
 * @param {Look} look
 * @param {Surface} surface
 */
function drawTitle({ title }, look, surface) {
  const { x, y, height } = title.box;
  surface.text(title.text, x, y + height / 2, { colour: look.muted, size: SIZE });
}

/**
 * @param {Frame} frame
 * @param {Look} look
 * @param {Surface} surface
 */
function drawAxis({ bottom, left, right, steps, axis }, look, surface) {
  surface.lines([[left, bottom + 0.5, right, bottom + 0.5]], { colour: look.muted, width: 1 });
  const notches = steps.map(({ at }) => [crisp(at), bottom, crisp(at), bottom + 4]);
  surface.lines(notches, { colour: look.muted, width: 1 });
  for (const { text, words } of steps) {
    surface.text(text, words, bottom + 12, small(look.muted, "center"));
  }
  surface.text(axis, right + 12, bottom + 12, small(look.muted));
}

/**
 * @param {Frame} frame
 * @param {string} words
 * @param {Look} look
 * @param {Surface} surface
 */
function drawPlaceholder({ rows, left, right }, words, look, surface) {
  if (!rows.length) return;
  const { box } = rows[0];
  const type = /** @type {Type} */ ({ colour: look.muted, size: 13, align: "center" });
  surface.text(words, (left + right) / 2, box.y + box.height / 2, type);
}
