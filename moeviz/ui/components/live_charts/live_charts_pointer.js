// The reader's hand: a crosshair by pointer and by arrow keys, a zoom by dragging. Draws nothing.

import { setText } from "../shared/shared.js";
import { stepsOf } from "./live_charts_model.js";
import {
  changesUnder,
  crossAt,
  expertAt,
  nearestWithin,
  stepIndexAt,
} from "./live_charts_cross.js";
import { spoken } from "./live_charts_readout.js";
import { zoomAbout, zoomBetween } from "./live_charts_scales.js";
import { clamp } from "./live_charts_text.js";

/** @import { Mark } from "./live_charts_model.js" */
/** @import { Range } from "./live_charts_scales.js" */
/** @import { View } from "./live_charts_view.js" */

const DRAG = 6; // pixels; less is a click

/**
 * What the reader points at now; null: nothing.
 * @param {View} view
 */
export function crossOf(view) {
  const { model, frame, pointer, walked, measure } = view;
  if (!model || !frame || (!pointer && walked === null) || !stepsOf(model).length) return null;
  const changes = pointer ? changesUnder(frame, pointer) : view.changes ?? undefined;
  const step = changes ? changes[changes.length - 1].step : walked ?? 0;
  const index = pointer && !changes
    ? stepIndexAt(model, frame, pointer.x)
    : nearestWithin(stepsOf(model), step, frame.range);
  const expert = pointer ? expertAt(frame, pointer.y) : view.expert;
  return crossAt(model, frame, index, expert, measure, changes);
}

/**
 * @param {View} view
 * @param {() => void} redraw
 * @param {() => void} reframe
 */
export function listen(view, redraw, reframe) {
  const { canvas, whole } = view.nodes;
  const { signal } = view.gone;
  /** @param {Range | null} zoom */
  const show = (zoom) => {
    view.zoom = zoom;
    reframe();
  };
  const hide = () => {
    Object.assign(view, { pointer: null, walked: null, expert: null, changes: null, drag: null });
    redraw();
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    point(view, event);
    const step = stepUnder(view, event);
    view.drag = { from: step, to: step, x: event.offsetX };
    redraw();
  }, { signal });
  canvas.addEventListener("pointermove", (event) => {
    point(view, event);
    if (view.drag) view.drag.to = stepUnder(view, event);
    redraw();
  }, { signal });
  canvas.addEventListener("pointerup", (event) => {
    const zoom = dropped(view, event);
    view.drag = null;
    if (zoom) show(zoom);
    else redraw();
  }, { signal });
  canvas.addEventListener("pointercancel", hide, { signal });
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "touch") return; // a finger is lifted to read
    view.pointer = null;
    redraw();
  }, { signal });
  canvas.addEventListener("blur", hide, { signal });
  canvas.addEventListener("dblclick", () => show(null), { signal });
  canvas.addEventListener("keydown", (event) => pressed(view, event, show, hide, redraw), {
    signal,
  });
  whole.addEventListener("click", () => show(null), { signal });
  globalThis.addEventListener("pointerdown", (event) => {
    if (view.pointer && !event.composedPath().includes(canvas)) hide();
  }, { signal });
}

/**
 * @param {View} view
 * @param {PointerEvent} event
 */
function point(view, { offsetX, offsetY }) {
  const pointer = { x: offsetX, y: offsetY };
  Object.assign(view, { pointer, walked: null, expert: null, changes: null });
}

/**
 * @param {View} view
 * @param {PointerEvent} event
 */
function stepUnder({ frame }, { offsetX }) {
  return frame ? frame.x.back(clamp(offsetX, frame.left, frame.right)) : 0;
}

/**
 * The range that was dragged; null: it was a click.
 * @param {View} view
 * @param {PointerEvent} event
 */
function dropped({ drag, frame }, { offsetX }) {
  if (!drag || !frame || Math.abs(offsetX - drag.x) < DRAG) return null;
  return zoomBetween(drag.from, drag.to, frame.whole);
}

/**
 * @param {View} view
 * @param {KeyboardEvent} event
 * @param {(zoom: Range | null) => void} show
 * @param {() => void} hide
 * @param {() => void} redraw
 */
function pressed(view, event, show, hide, redraw) {
  if (event.ctrlKey || event.metaKey || event.altKey || !view.model || !view.frame) return;
  const act = {
    ArrowLeft: () => walk(view, -1),
    ArrowRight: () => walk(view, 1),
    Home: () => walk(view, -Infinity),
    End: () => walk(view, Infinity),
    PageUp: () => walkChanges(view, -1),
    PageDown: () => walkChanges(view, 1),
    ArrowUp: () => chooseExpert(view, -1),
    ArrowDown: () => chooseExpert(view, 1),
    Escape: hide,
    "+": () => show(zoomed(view, 0.5)),
    "-": () => show(zoomed(view, 2)),
  }[event.key];
  if (!act || act() === false) return;
  event.preventDefault();
  redraw();
}

/**
 * To the next point; from the last one at first. What stands there is spoken.
 * @param {View} view
 * @param {number} by
 */
function walk(view, by) {
  const { model, frame } = view;
  const steps = model ? stepsOf(model) : [];
  if (!frame || !steps.length) return false;
  const [first, last] = frame.range.map((edge) => nearestWithin(steps, edge, frame.range));
  const at = crossOf(view)?.index ?? (by < 0 ? last + 1 : first - 1);
  const to = clamp(at + by, first, last);
  return speak(view, steps[to]);
}

/**
 * To the next label of knob changes; from the newest one at first. All that it stands for is spoken.
 * @param {View} view
 * @param {number} by
 */
function walkChanges(view, by) {
  const { labels, shown } = view.frame?.marks ?? { labels: [], shown: [] };
  const groups = labels.map(({ group }) => shown.slice(group.from, group.to));
  if (!groups.length) return false;
  const step = view.changes?.[0].step; // the marks themselves are new with every record
  const from = step === undefined
    ? by < 0 ? groups.length : -1
    : groups.findIndex((group) => group.some((mark) => mark.step === step));
  const changes = groups[clamp(from + by, 0, groups.length - 1)];
  return speak(view, changes[changes.length - 1].step, changes);
}

/**
 * Ribbons read one expert, from the first to the last; before the first each reads its fullest.
 * @param {View} view
 * @param {number} by
 */
function chooseExpert(view, by) {
  const cross = crossOf(view);
  const experts = Math.max(
    0,
    ...(view.frame?.rows ?? []).map(({ kind, row }) => kind === "ribbon" ? row.experts : 0),
  );
  if (!cross || !experts) return false;
  const to = clamp((cross.expert ?? -1) + by, -1, experts - 1);
  view.expert = to < 0 ? null : to;
  return speak(view, cross.reading.step);
}

/**
 * @param {View} view
 * @param {number} step
 * @param {Mark[] | null} [changes]
 */
function speak(view, step, changes = null) {
  Object.assign(view, { pointer: null, walked: step, changes });
  const cross = crossOf(view);
  if (cross) setText(view.nodes.spoken, spoken(cross.reading));
  return true;
}

/**
 * @param {View} view
 * @param {number} factor
 * @returns {Range | null}
 */
function zoomed({ frame, walked }, factor) {
  if (!frame) return null;
  const [low, high] = frame.range;
  return zoomAbout(frame.range, walked ?? (low + high) / 2, factor, frame.whole);
}
