// The words around the picture: its name for listeners, the hint below it.

import { number } from "../shared/shared.js";
import { lastOf, linesOf, shortLabel } from "./live_charts_model.js";

/** @import { Model } from "./live_charts_model.js" */
/** @import { Range } from "./live_charts_scales.js" */

const KEYS = "Use the left and right arrow keys to read steps, Page Up and Page Down to read " +
  "knob changes, plus and minus to zoom.";
export const STRIPED = "Striped line: both models have the same value.";

/**
 * The picture's name: its title and where each line ends.
 * @param {Model} model
 * @param {string} title
 */
export function describe(model, title) {
  const ends = linesOf(model).flatMap((row) =>
    row.series.flatMap((series) => {
      const last = lastOf(series);
      return last ? [`${shortLabel(row)}, ${series.name}: ${number(last.value)}`] : [];
    })
  );
  return `${title}. ${ends.join("; ") || model.placeholder}. ${KEYS}`;
}

/**
 * What can be done with a drag, or what one has done.
 * @param {Range | null} zoom
 */
export const hintWords = (zoom) =>
  zoom ? `Steps ${number(zoom[0])}–${number(zoom[1])}.` : "Drag to zoom.";
