// Draws a ribbon: the load of each expert over steps as heat, and what its colours mean.

import { levelOf, palette } from "./live_charts_heat.js";
import { small } from "./live_charts_text.js";

/** @import { Look } from "./live_charts_draw.js" */
/** @import { Frame } from "./live_charts_frame.js" */
/** @import { RibbonFrame } from "./live_charts_rows.js" */
/** @import { RibbonRow } from "./live_charts_model.js" */
/** @import { Surface } from "./live_charts_surface.js" */
/** @import { Box } from "./live_charts_text.js" */

/**
 * @param {RibbonFrame} frame
 * @param {Frame} charts
 * @param {Look} look
 * @param {Surface} surface
 */
export function drawRibbon({ row, box, full, ticks, key }, { x }, look, surface) {
  for (const { text, at } of ticks) {
    surface.text(text, box.x - 10, at, small(look.muted, "right"));
  }
  const pitch = box.height / Math.max(1, row.experts);
  row.colours.slice(0, row.experts).forEach((colour, expert) => {
    const gap = pitch > 4 ? 1 : 0;
    const mark = { x: box.x - 6, y: box.y + expert * pitch, width: 4, height: pitch - gap };
    surface.rect(mark, colour);
  });
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const edges = [[box.x, box.y, right, box.y], [box.x, bottom, right, bottom]];
  surface.lines(edges, { colour: look.faint, width: 1 }); // no colour there: it would be a load
  if (row.columns) {
    const left = x.at(row.x0 - row.dx / 2);
    const width = x.at(row.x0 + (row.columns - 0.5) * row.dx) - left;
    surface.clip(box, () => surface.heat({ ...box, x: left, width }, heatOf(row, full, look)));
  }
  if (key.length) drawKey(box, key, look, surface);
}

/**
 * @param {RibbonRow} row
 * @param {number} full
 * @param {Look} look
 */
function heatOf(row, full, { dark }) {
  const { columns, experts } = row;
  return { columns, rows: experts, levels: levelsOf(row, full), palette: palette(dark) };
}

/** @type {WeakMap<RibbonRow, {full: number, levels: Int8Array}>} */
const known = new WeakMap();

/**
 * Computed once for a row, however often it is drawn.
 * @param {RibbonRow} row
 * @param {number} full
 */
function levelsOf(row, full) {
  const before = known.get(row);
  if (before?.full === full) return before.levels;
  const { columns, experts, share } = row;
  const levels = new Int8Array(columns * experts);
  for (let expert = 0; expert < experts; expert++) {
    for (let column = 0; column < columns; column++) {
      levels[expert * columns + column] = levelOf(share(expert, column), full);
    }
  }
  known.set(row, { full, levels });
  return levels;
}

/**
 * The scale of colours, from no load at the bottom to the strongest colour at the top.
 * @param {Box} box
 * @param {{text: string, at: number}[]} key
 * @param {Look} look
 * @param {Surface} surface
 */
function drawKey(box, key, look, surface) {
  const colours = palette(look.dark);
  const levels = Int8Array.from(colours, (_, i) => colours.length - 1 - i);
  const scale = { x: box.x + box.width + 12, y: box.y, width: 8, height: box.height };
  surface.heat(scale, { columns: 1, rows: colours.length, levels, palette: colours });
  for (const { text, at } of key) surface.text(text, scale.x + 12, at, small(look.muted));
}
