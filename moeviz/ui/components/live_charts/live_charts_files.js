// The charts taken away: as a picture in pixels or in vectors, and all their points as CSV.

import { asCsv, offer } from "../shared/table_files.js";
import { drawCharts } from "./live_charts_draw.js";
import { canvasSurface, svgSurface } from "./live_charts_surface.js";
import { fileTable } from "./live_charts_table.js";

/** @import { View } from "./live_charts_view.js" */

const SHARPNESS = 2; // pixels of a saved picture for each on the page

/** @param {View} view */
export function offerFiles(view) {
  const saves = [savePng, saveSvg, saveCsv];
  view.nodes.files.forEach((button, i) => button.addEventListener("click", () => saves[i](view)));
}

/**
 * What stands on the canvas, without the crosshair.
 * @param {View} view
 */
function savePng({ frame, model, look, fileName }) {
  if (!frame || !model) return;
  const { width, height } = frame.size;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: width * SHARPNESS, height: height * SHARPNESS });
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(SHARPNESS, SHARPNESS);
  const surface = canvasSurface(context, look.family);
  surface.rect({ x: 0, y: 0, width, height }, look.paper);
  drawCharts(frame, model.placeholder, look, surface);
  canvas.toBlob((blob) => blob && offer(`${fileName}.png`, blob, "image/png"));
}

/** @param {View} view */
function saveSvg({ frame, model, look, measure, fileName, title }) {
  if (!frame || !model) return;
  const { family, paper } = look;
  const surface = svgSurface(frame.size, { family, title, paper, measure });
  drawCharts(frame, model.placeholder, look, surface);
  offer(`${fileName}.svg`, surface.svg(), "image/svg+xml");
}

/** @param {View} view */
function saveCsv({ model, fileName }) {
  if (!model) return;
  const { header, rows } = fileTable(model);
  offer(`${fileName}.csv`, asCsv(header, rows.map((row) => row.map(String))));
}
