// Live charts of a run on one light canvas: lines, load ribbons and knob changes on one axis of
// steps, read off with a crosshair. Their numbers are handed in; they ask for nothing.

import { tonesOf } from "../shared/plotly.js";
import { adoptStyles, setAttribute, setText } from "../shared/shared.js";
import { drawCharts } from "./live_charts_draw.js";
import { offerFiles } from "./live_charts_files.js";
import { frameOf } from "./live_charts_frame.js";
import { layoutOf } from "./live_charts_layout.js";
import { crossOf, listen } from "./live_charts_pointer.js";
import { drawCross, drawDragged } from "./live_charts_reading.js";
import { wholeRun } from "./live_charts_scales.js";
import { canvasSurface, measureOn } from "./live_charts_surface.js";
import { showTerms, termPlaces } from "./live_charts_terms.js";
import { newView, updateTables } from "./live_charts_view.js";
import { describe, hintWords } from "./live_charts_words.js";

/** @import { Model } from "./live_charts_model.js" */
/** @import { View } from "./live_charts_view.js" */

/**
 * @typedef {object} Options
 * @property {number | string} height  of the whole with its tools, while the table is closed: in
 *   pixels, or as CSS has it
 * @property {boolean} [compact]  a few lines in little room: files are taken behind the table
 * @property {string} [fileName]  of what is saved, without an ending
 * @property {string} [title]  what the charts show, for listeners and in saved pictures
 */

/**
 * Builds the charts inside `root`, in the document or in a shadow root.
 *
 * `update` has a model drawn in the next frame in which the charts are on screen; zoom and
 * crosshair stay. `destroy` ends all listening and takes the charts away. `layout` tells what was
 * drawn last: words with their boxes, and the range of steps.
 *
 * @param {HTMLElement} root
 * @param {Options} options
 */
export function createLiveCharts(root, options) {
  const view = newView(options);
  root.replaceChildren(view.nodes.figure);
  const redraw = () => schedule(view);
  const reframe = () => {
    view.stale = true;
    schedule(view);
  };
  const end = watch(view, redraw, reframe);
  listen(view, redraw, reframe);
  offerFiles(view);
  return {
    /** @param {Model} model */
    update(model) {
      view.model = model;
      if (view.zoom && view.zoom[0] >= wholeRun(model.lastStep)[1]) view.zoom = null; // another run
      updateTables(view);
      reframe();
    },
    destroy() {
      end();
      view.gone.abort();
      view.nodes.figure.remove();
    },
    get layout() {
      return layoutOf(view);
    },
  };
}

/**
 * Redraws with the size, and when the charts come on screen. Returns what ends it.
 * @param {View} view
 * @param {() => void} redraw
 * @param {() => void} reframe
 */
function watch(view, redraw, reframe) {
  const { stage, details } = view.nodes;
  const sizes = new ResizeObserver(([{ contentRect }]) => {
    Object.assign(view, { width: contentRect.width, height: contentRect.height, stale: true });
    adopt(view, reframe);
    draw(view); // at once: a canvas that is stretched for a frame flickers
  });
  const sight = new IntersectionObserver((seen) => {
    view.onScreen = seen[seen.length - 1].isIntersecting;
    redraw();
  });
  sizes.observe(stage);
  sight.observe(stage);
  const { signal } = view.gone;
  document.addEventListener("visibilitychange", redraw, { signal });
  document.fonts.addEventListener("loadingdone", () => {
    view.lookKey = ""; // texts have other widths now
    reframe();
  }, { signal });
  details.addEventListener("toggle", () => updateTables(view), { signal });
  return () => {
    sizes.disconnect();
    sight.disconnect();
    if (view.waiting !== null) cancelAnimationFrame(view.waiting);
  };
}

/**
 * Styles can be adopted only where the charts are on the page.
 * @param {View} view
 * @param {() => void} then
 */
async function adopt(view, then) {
  if (view.styled !== null || !view.nodes.figure.isConnected) return;
  view.styled = false;
  await adoptStyles(view.nodes.figure, new URL("live_charts.css", import.meta.url));
  view.styled = true;
  then();
}

/**
 * However often this is called: one drawing a frame, and none while the charts are out of sight.
 * @param {View} view
 */
function schedule(view) {
  view.due = true;
  if (!isSeen(view)) return;
  view.waiting ??= requestAnimationFrame(() => {
    view.waiting = null;
    draw(view);
  });
}

/** @param {View} view */
const isSeen = ({ nodes, onScreen, styled }) =>
  styled === true && onScreen && !document.hidden && nodes.figure.isConnected;

/** @param {View} view */
function draw(view) {
  const { model, width, height } = view;
  if (!model || !width || !height || !isSeen(view) || !(view.due || view.stale)) return;
  refreshLook(view);
  if (view.stale || !view.frame) {
    const size = { width, height, compact: view.compact };
    view.frame = frameOf(model, size, view.zoom, view.frame?.memory ?? null, view.measure);
  }
  view.cross = crossOf(view);
  Object.assign(view, { due: false, stale: false });
  paint(view);
  showTerms(view.nodes.titles, termPlaces(view.frame.rows, view.measure));
  setAttribute(view.nodes.canvas, "aria-label", describe(model, view.title));
  setText(view.nodes.hint, hintWords(view.zoom));
  view.nodes.whole.hidden = view.compact && !view.zoom;
}

/** @param {View} view */
function paint({ frame, model, look, cross, drag, nodes, context, width, height }) {
  if (!frame || !model) return;
  const ratio = globalThis.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  const { canvas } = nodes;
  if (canvas.width !== wide || canvas.height !== high) {
    Object.assign(canvas, { width: wide, height: high });
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const surface = canvasSurface(context, look.family);
  drawCharts(frame, model.placeholder, look, surface);
  if (drag) drawDragged(drag.from, drag.to, frame, look, surface);
  if (cross) drawCross(cross, frame, look, surface);
}

/**
 * The page's tones are read again only when one of them has changed.
 * @param {View} view
 */
function refreshLook(view) {
  const { figure } = view.nodes;
  const style = getComputedStyle(figure);
  const named = ["--st-background-color", "--st-primary-color"];
  const key = [style.color, style.fontFamily, ...named.map((name) => style.getPropertyValue(name))]
    .join(";");
  if (key === view.lookKey) return;
  const { ink, muted, faint, accent, paper, family } = tonesOf(figure);
  const dark = brightness(ink) > brightness(paper);
  const look = { ink, muted, faint, accent, paper, family, dark };
  const measure = measureOn(view.context, family);
  Object.assign(view, { lookKey: key, look, measure, stale: true });
}

/** @param {string} rgb */
const brightness = (rgb) =>
  (rgb.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, channel) => sum + Number(channel), 0);
