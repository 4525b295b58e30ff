// Draws what the reader points at: the crosshair with its words, and a range that is dragged.

import { RISE } from "./live_charts_cross.js";
import { intersect, LINE, SIZE } from "./live_charts_text.js";

/** @import { Look } from "./live_charts_draw.js" */
/** @import { Frame } from "./live_charts_frame.js" */
/** @import { Cross, ReadoutBox } from "./live_charts_cross.js" */
/** @import { Box } from "./live_charts_text.js" */
/** @import { Surface } from "./live_charts_surface.js" */

const COLUMN = 6; // before the words of a box

/**
 * @param {Cross} cross
 * @param {Frame} frame
 * @param {Look} look
 * @param {Surface} surface
 */
export function drawCross({ x, reading, titleBox, boxes }, frame, look, surface) {
  const at = Math.round(x) + 0.5;
  const paths = frame.rows.map(({ box }) => [at, box.y, at, box.y + box.height]);
  surface.lines(paths, { colour: look.ink, width: 1, alpha: 0.75 });
  for (const box of boxes) if (box) drawReadout(box, look, surface);
  for (const tick of frame.steps) coverTick(tick, titleBox, look, surface);
  surface.rect(titleBox, look.paper);
  const type = { colour: look.ink, size: SIZE, weight: 600 };
  surface.text(reading.title, titleBox.x + 6, titleBox.y + titleBox.height / 2, type);
}

/**
 * A tick that the step's name would leave half of goes whole.
 * @param {{words: number, half: number}} tick
 * @param {Box} title
 * @param {Look} look
 * @param {Surface} surface
 */
function coverTick({ words, half }, title, look, surface) {
  const ground = { ...title, x: words - half - 1, width: 2 * half + 2 };
  if (intersect(ground, title)) surface.rect(ground, look.paper);
}

/**
 * @param {ReadoutBox} readout
 * @param {Look} look
 * @param {Surface} surface
 */
function drawReadout({ box, lines, columns, columnWidth }, look, surface) {
  surface.rect(box, look.paper);
  const high = Math.ceil(lines.length / columns);
  lines.forEach(({ text, colour, dash }, i) => {
    const x = box.x + COLUMN + Math.floor(i / high) * columnWidth;
    const y = box.y + RISE + (i % high) * LINE;
    if (colour) {
      const key = [x + 1.5, y + 2, x + 1.5, y + LINE - 2];
      surface.lines([key], { colour, width: 3, dash: dash ? [3, 2] : [] });
    }
    const words = colour ? x + 8 : x;
    surface.text(text, words, y + LINE / 2, { colour: look.ink, size: SIZE });
  });
}

/**
 * The range between two steps, while it is dragged.
 * @param {number} one
 * @param {number} other
 * @param {Frame} frame
 * @param {Look} look
 * @param {Surface} surface
 */
export function drawDragged(one, other, frame, look, surface) {
  const [left, right] = [frame.x.at(Math.min(one, other)), frame.x.at(Math.max(one, other))];
  for (const { box } of frame.rows) {
    surface.rect({ ...box, x: left, width: right - left }, look.accent, 0.18);
  }
}
