// Everything on the canvas but heat and assignments: lanes, axes, labels, the residual path.
// `view` holds facts, frame, inks, heat, pose and picks. Draws, and decides nothing.

import { percent } from "../shared/shared.js";
import { ARRIVE, COMPUTE } from "./routing_stage_facts.js";
import { capacityX, columnX, rowY, slotX } from "./routing_stage_layout.js";
import { drawHeat } from "./routing_stage_heat.js";
import { label, rule, type } from "./routing_stage_ink.js";
import { drawMarks, drawPaths, drawRings } from "./routing_stage_marks.js";
import { clamp, ease, OTHERS, waved, workedThrough } from "./routing_stage_motion.js";

/** @import { Stage } from "./routing_stage_show.js" */
/** @import { Facts } from "./routing_stage_facts.js" */
/** @import { Inks } from "./routing_stage_ink.js" */
/** @import { Frame } from "./routing_stage_layout.js" */

/** @param {Stage} view */
export function draw(view) {
  const { context, frame, ratio } = view;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, frame.width, frame.height);
  drawRows(view);
  drawStream(view);
  drawHeat(view);
  drawGateAxis(view);
  drawShares(view);
  drawColumn(view);
  drawPaths(view);
  drawMarks(view);
  drawCapacity(view);
  drawWork(view);
  drawQueueLabels(view);
  drawRings(view);
  context.globalAlpha = 1;
}

/** @param {Stage} view */
function drawRows({ context, frame, facts, inks, pose, picks }) {
  const right = Math.max(frame.left + frame.plotWidth, frame.viewWidth - 4);
  context.globalAlpha = pose.looks.rows;
  context.strokeStyle = inks.faint;
  context.lineWidth = 1;
  const every = frame.pitch >= 8 ? 1 : 8;
  for (let e = 0; e <= facts.E; e += every) {
    const y = Math.round(rowY(frame, e)) + 0.5;
    rule(context, frame.left, y, right, y);
  }
  if (picks.expert === null) return;
  context.globalAlpha = 0.13 * Math.max(0.4, pose.looks.rows);
  context.fillStyle = inks.experts[picks.expert].fill;
  context.fillRect(frame.left, rowY(frame, picks.expert), right - frame.left, frame.pitch);
}

/**
 * The residual path: each token's own vector passes below the experts, as high as it is long.
 * @param {Stage} view
 */
function drawStream(view) {
  const { context, frame, facts, inks, pose, picks } = view;
  const { lane } = frame;
  const ground = lane.top + lane.height;
  context.fillStyle = inks.soft;
  for (let t = 0; t < facts.T; t++) {
    const come = pose.scene === ARRIVE ? waved(pose.progress, t / facts.T, 0.5) : 1;
    const x = columnX(frame, t);
    const width = Math.max(1, frame.column - (frame.column > 5 ? 2 : 0.6));
    if (pose.looks.paths > 0) drawComing(view, x + frame.column / 2, come);
    const height = pose.stream[t] * (lane.height - 4) * ease(clamp(come * 2.4 - 1.4));
    context.globalAlpha = pose.looks.stream *
      (picks.token === null
        ? (pose.lead === t ? 1 : pose.looks.others)
        : picks.token === t
        ? 1
        : 0.35);
    context.fillStyle = inks.soft;
    context.fillRect(x + (frame.column - width) / 2, ground - height, width, height);
  }
  context.globalAlpha = 1;
  context.strokeStyle = inks.muted;
  context.lineWidth = 1;
  rule(
    context,
    frame.left,
    ground + 0.5,
    Math.max(frame.left + frame.plotWidth, frame.viewWidth - 4),
    ground + 0.5,
  );
}

/**
 * A token comes down its column past the experts; a copy stays above, for the router.
 * @param {Stage} view
 * @param {number} x
 * @param {number} come  how far it has come, 0 to 1
 */
function drawComing({ context, frame, inks, pose }, x, come) {
  if (come <= 0) return;
  const end = frame.top + (frame.lane.top + 4 - frame.top) * ease(clamp(come * 1.4));
  const size = Math.min(16, Math.max(2, frame.column * 0.55));
  context.globalAlpha = pose.looks.paths * 0.8;
  context.strokeStyle = inks.faint;
  context.lineWidth = Math.min(2, Math.max(0.6, frame.column / 8));
  rule(context, x, frame.top, x, end);
  context.globalAlpha = pose.looks.paths;
  drawVector(context, inks, x, frame.top + 3, size);
  if (come < 1) drawVector(context, inks, x, end, size);
}

/**
 * A vector as a small stack of numbers.
 * @param {CanvasRenderingContext2D} context
 * @param {Inks} inks
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function drawVector(context, inks, x, y, size) {
  const cell = Math.max(1, size / 4);
  context.fillStyle = inks.muted;
  for (let i = 0; i < 4; i++) {
    context.fillRect(x - size / 2, y + (i - 2) * cell, size, Math.max(0.6, cell - 1));
  }
}

/**
 * The column of the token in question, in the scenes where tokens are columns.
 * @param {Stage} view
 */
function drawColumn({ context, frame, inks, pose, picks }) {
  const leads = (1 - pose.looks.others) / (1 - OTHERS);
  const token = picks.pointed ?? picks.token ?? (leads > 0.01 ? pose.lead : null);
  if (token === null) return;
  const known = picks.pointed !== null || picks.token !== null ? 1 : leads;
  context.globalAlpha = 0.9 * known * (1 - pose.looks.slots);
  context.strokeStyle = inks.ink;
  context.lineWidth = 1.5;
  const [x, y] = [columnX(frame, token), frame.top - 2];
  context.strokeRect(x + 0.25, y, frame.column - 0.5, frame.gridHeight + 4);
  context.globalAlpha = 0.9 * known;
  context.strokeRect(x + 0.25, frame.lane.top - 1, frame.column - 0.5, frame.lane.height + 1);
}

/**
 * @param {Stage} view
 * @param {number} alpha
 * @param {number[]} values  parts of the height, 0 to 1
 * @param {string[]} words
 */
function axis({ context, frame, inks }, alpha, values, words) {
  context.globalAlpha = alpha;
  context.lineWidth = 1;
  context.strokeStyle = inks.faint;
  context.fillStyle = inks.muted;
  type(context, inks, 11);
  const right = frame.left + frame.plotWidth;
  values.forEach((part, i) => {
    const y = Math.round(frame.bottom - part * (frame.gridHeight - 2)) + 0.5;
    rule(context, frame.left, y, right, y);
    label(context, inks, words[i], right + 5, y);
  });
}

/** @param {Stage} view */
function drawGateAxis(view) {
  const { frame, pose } = view;
  if (pose.looks.gates <= 0.01) return;
  const steps = frame.ceiling > 1.01 ? [0, 1, frame.ceiling] : [0, 0.5, 1];
  axis(
    view,
    pose.looks.gates,
    steps.map((value) => value / frame.ceiling),
    steps.map((value) => `${Number(value.toFixed(2))}`),
  );
}

/** @param {Stage} view */
function drawShares(view) {
  const { context, frame, facts, inks, pose, picks } = view;
  if (pose.looks.shares <= 0.01) return;
  axis(
    view,
    pose.looks.shares,
    [0, 0.5, 1],
    [0, 0.5, 1].map((part) => percent(part * frame.shareTop)),
  );
  const width = Math.min(frame.column - (frame.column > 8 ? 3 : 0.8), 46);
  type(context, inks, 11);
  for (let t = 0; t < facts.T; t++) {
    const part = waved(pose.progress, t / facts.T, 0.4);
    const x = columnX(frame, t) + frame.column / 2;
    const height = pose.shares[t] * (frame.gridHeight - 2);
    context.globalAlpha = ease(part) * (picks.token === null || picks.token === t ? 1 : 0.3);
    context.fillStyle = inks.muted;
    context.fillRect(x - width / 2, frame.bottom - height, width, height);
    const above = Math.max(frame.top + 6, frame.bottom - height - 8);
    if (facts.lost[t]) drawNothing(context, inks, x, frame, width);
    else if (frame.column >= 36) shareLabel(context, inks, facts.shares[t], x, above);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Inks} inks
 * @param {number} share
 * @param {number} x
 * @param {number} y
 */
function shareLabel(context, inks, share, x, y) {
  context.fillStyle = inks.ink;
  label(context, inks, percent(share), x, y, "center");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Inks} inks
 * @param {number} x
 * @param {Frame} frame
 * @param {number} width
 */
function drawNothing(context, inks, x, frame, width) {
  const radius = Math.max(1.6, Math.min(5, width / 2 - 0.5));
  context.strokeStyle = inks.ink;
  context.lineWidth = 1.4;
  context.beginPath();
  context.arc(x, frame.bottom - radius - 2, radius, 0, 7);
  context.stroke();
}

/** @param {Stage} view */
function drawCapacity({ context, frame, facts, inks, pose }) {
  const { capacity } = facts.plan;
  if (capacity === null || pose.looks.slots <= 0.01) return;
  context.globalAlpha = pose.looks.slots;
  context.fillStyle = inks.ink;
  type(context, inks, 11, 600);
  if (!frame.capacityShown) return;
  const x = Math.round(capacityX(frame, capacity)) + 0.5;
  context.strokeStyle = inks.ink;
  context.lineWidth = 1.5;
  rule(context, x, frame.top - 3, x, frame.bottom + 2);
  label(context, inks, `capacity ${capacity}`, x + 5, frame.top - 9);
}

/**
 * The front that runs through every queue while the experts compute.
 * @param {Stage} view
 */
function drawWork({ context, frame, facts, inks, pose }) {
  if (pose.scene !== COMPUTE || pose.progress <= 0 || pose.progress >= 1) return;
  const through = workedThrough(pose.progress, facts.longest);
  context.globalAlpha = 1;
  context.fillStyle = inks.ink;
  const thickness = frame.pitch > 8 ? 2 : 1;
  facts.kept.forEach((rows, e) => {
    if (through <= 0 || through >= rows) return;
    context.fillRect(slotX(frame, through) - 2, rowY(frame, e) + 1, thickness, frame.pitch - 2);
  });
}

/**
 * What stands in each queue, at its end.
 * @param {Stage} view
 */
function drawQueueLabels({ context, frame, facts, inks, pose }) {
  if (frame.pitch < 11 || pose.looks.slots <= 0.01) return;
  const settled = pose.scene === COMPUTE ? 1 : clamp((pose.progress - 0.5) / 0.2);
  context.globalAlpha = pose.looks.slots * settled;
  context.fillStyle = inks.muted;
  type(context, inks, 11);
  /** @type {number[]} */
  const reach = new Array(facts.E).fill(0);
  for (const { sent, place } of facts.assignments) reach[sent] = Math.max(reach[sent], place + 1);
  const capacity = facts.plan.capacity ?? 0;
  reach.forEach((end, e) => {
    const crosses = frame.capacityShown &&
      Math.abs(slotX(frame, end) + 20 - capacityX(frame, capacity)) < 24;
    const x = crosses ? capacityX(frame, capacity) + 8 : slotX(frame, end) + 5;
    const y = rowY(frame, e) + frame.pitch / 2 + 0.5;
    label(context, inks, queueWords(facts, frame, e, pose.scene), x, y);
  });
}

/**
 * @param {Facts} facts
 * @param {Frame} frame
 * @param {number} e
 * @param {number} scene
 */
function queueWords({ load, kept, plan }, { narrow }, e, scene) {
  if (narrow) return `${scene === COMPUTE ? kept[e] : load[e]}`;
  if (scene === COMPUTE) return kept[e] === 1 ? "1 row" : `${kept[e]} rows`;
  const over = load[e] - kept[e];
  return plan.capacity !== null && over ? `${load[e]}, ${over} dropped` : `${load[e]}`;
}
