// The assignments on the canvas: one mark each, its text, ring and path.

import { COMBINE, DISPATCH, isPicked, NEW, SELECT, WEIGH } from "./routing_stage_facts.js";
import { cellBox, columnX } from "./routing_stage_layout.js";
import { type } from "./routing_stage_ink.js";

/** @import { Stage } from "./routing_stage_show.js" */
/** @import { Facts, Assignment } from "./routing_stage_facts.js" */
/** @import { ExpertInks, Inks } from "./routing_stage_ink.js" */
/** @import { Pose } from "./routing_stage_motion.js" */

/** @typedef {[x: number, y: number]} Point */

const SMALL = 7; // too small for an edge
const WORD = 20; // wide enough for a word or a number
const FAINT = 0.16;

/** @param {Stage} view */
export function drawMarks(view) {
  const { context, facts, pose, picks, inks } = view;
  if (pose.looks.marks <= 0 && pose.alpha.every((alpha) => alpha === 0)) return;
  const picking = picks.token !== null || picks.expert !== null;
  context.textAlign = "center";
  if (pose.scene === DISPATCH || pose.scene === DISPATCH + 1) drawGhosts(view, picking);
  facts.assignments.forEach((assignment, i) => {
    const alpha = pose.alpha[i] *
      (picking
        ? (isPicked(assignment, picks) ? 1 : FAINT)
        : assignment.token === pose.lead
        ? 1
        : pose.looks.others);
    if (alpha <= 0.01) return;
    context.globalAlpha = alpha;
    const expert = inks.experts[pose.scene < DISPATCH ? assignment.chosen : assignment.sent];
    const [x, y, w, h] = pose.boxes.subarray(4 * i, 4 * i + 4);
    if (pose.hollow[i]) drawHollow(context, expert, x, y, w, h);
    else drawFull(context, expert, x, y, w, h, filled(pose, i));
    if (w >= WORD && h >= 11) drawText(view, assignment, i, expert, x, y, w, h);
  });
}

/**
 * @param {Pose} pose
 * @param {number} i
 */
const filled = (pose, i) => pose.scene === WEIGH || pose.done[i] === 1;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ExpertInks} expert
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @param {boolean} full
 */
function drawFull(context, expert, x, y, w, h, full) {
  context.fillStyle = full ? expert.fill : expert.tint;
  if (Math.min(w, h) < SMALL) context.fillStyle = full ? expert.fill : expert.half;
  context.fillRect(x, y, w, h);
  if (Math.min(w, h) < SMALL) return;
  context.strokeStyle = expert.edge;
  context.lineWidth = full ? 1 : 1.75;
  context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
}

/**
 * No slot: an outline, struck through.
 * @param {CanvasRenderingContext2D} context
 * @param {ExpertInks} expert
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 */
function drawHollow(context, expert, x, y, w, h) {
  context.strokeStyle = expert.edge;
  context.lineWidth = 1.25;
  if (Math.min(w, h) > 2) context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
  context.beginPath();
  context.moveTo(x, y + h);
  context.lineTo(x + w, y);
  context.stroke();
}

/**
 * Where those without a slot stood, once they have fallen: the queue was as long as this.
 * @param {Stage} view
 * @param {boolean} picking
 */
function drawGhosts({ context, facts, ends, inks, picks }, picking) {
  context.lineWidth = 1;
  context.setLineDash([2, 2]);
  facts.assignments.forEach((assignment, i) => {
    if (assignment.kept) return;
    const [x, y, w, h] = ends.queue.subarray(4 * i, 4 * i + 4);
    context.globalAlpha = !picking ? 0.45 : isPicked(assignment, picks) ? 1 : 0.1;
    context.strokeStyle = inks.experts[assignment.sent].edge;
    if (Math.min(w, h) > 3) context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
  });
  context.setLineDash([]);
}

/**
 * @param {Stage} view
 * @param {Assignment} assignment
 * @param {number} i
 * @param {ExpertInks} expert
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 */
function drawText({ context, facts, pose, inks, texts }, assignment, i, expert, x, y, w, h) {
  const text = textOf(facts, pose, assignment);
  const size = Math.min(12, Math.max(9, h * 0.62));
  type(context, inks, size, pose.scene === SELECT ? 600 : 400);
  const shown = fitted(context, texts, text, w - 4, size);
  if (!shown) return;
  context.fillStyle = filled(pose, i) && !pose.hollow[i] ? expert.text : inks.ink;
  context.fillText(shown, x + w / 2, y + h / 2 + 0.5);
}

/**
 * @param {Facts} facts
 * @param {Pose} pose
 * @param {Assignment} assignment
 */
function textOf({ plan }, { scene }, { token, chosen, gate }) {
  if (scene === SELECT) return plan.scores[token][chosen].toFixed(2);
  if (scene === WEIGH || scene >= COMBINE) return gate.toFixed(2);
  return plan.tokens[token];
}

/**
 * The text, or as much of it as there is room for; nothing where not even two letters fit.
 * @param {CanvasRenderingContext2D} context
 * @param {Map<string, string>} texts  those that were fitted before
 * @param {string} text
 * @param {number} room
 * @param {number} size
 */
function fitted(context, texts, text, room, size) {
  const key = `${Math.round(room)}|${Math.round(size)}|${text}`;
  const shown = texts.get(key) ?? cut(context, text, room);
  texts.set(key, shown);
  return shown;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} room
 */
function cut(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  if (/^[\d.]+$/.test(text)) return "";
  const letters = [...text];
  while (letters.length > 2) {
    letters.pop();
    if (context.measureText(`${letters.join("")}…`).width <= room) return `${letters.join("")}…`;
  }
  return "";
}

/**
 * The picked token's ways: from its column to each queue, on where it was sent on, down if lost.
 * @param {Stage} view
 */
export function drawPaths(view) {
  const { context, facts, frame, inks, pose, picks, ends } = view;
  if (picks.token === null || pose.looks.slots < 0.05) return;
  /** @type {Point} */
  const start = [columnX(frame, picks.token) + frame.column / 2, frame.top - 4];
  context.globalAlpha = 0.9 * pose.looks.slots;
  context.lineWidth = 2;
  facts.assignments.forEach((assignment, i) => {
    if (assignment.token !== picks.token) return;
    /** @param {Float32Array} boxes */
    const middle = (boxes) => middleOf(boxes, i);
    context.strokeStyle = inks.experts[assignment.sent].edge;
    if (pose.scene === DISPATCH && pose.progress < 1) {
      return bend(context, start, middle(pose.boxes));
    }
    bend(context, start, middle(assignment.detour ? ends.line : ends.queue));
    context.setLineDash([5, 3]);
    if (assignment.detour) bend(context, middle(ends.line), middle(ends.queue));
    if (!assignment.kept) bend(context, middle(ends.queue), middle(ends.slot));
    return context.setLineDash([]);
  });
}

/**
 * @param {Float32Array} boxes
 * @param {number} i
 * @returns {Point}
 */
function middleOf(boxes, i) {
  const [x, y, w, h] = boxes.subarray(4 * i, 4 * i + 4);
  return [x + w / 2, y + h / 2];
}

/**
 * Out vertically and in horizontally, as the marks travel.
 * @param {CanvasRenderingContext2D} context
 * @param {Point} from
 * @param {Point} to
 */
function bend(context, [x1, y1], [x2, y2]) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.quadraticCurveTo(x1, y2, x2, y2);
  context.stroke();
}

/**
 * Rings and signs on what another setting has chosen in addition, moved, dropped or kept.
 * @param {Stage} view
 */
export function drawRings(view) {
  const { context, facts, inks, pose, picks } = view;
  if (pose.scene < SELECT || pose.scene > COMBINE) return;
  type(context, inks, 11, 700);
  if (pose.scene === SELECT) drawGone(view);
  facts.assignments.forEach((assignment, i) => {
    const sign = signAt(pose.scene, facts.signs[i]);
    if (!sign || (picks.token !== null && picks.token !== assignment.token)) return;
    const [x, y, w, h] = pose.boxes.subarray(4 * i, 4 * i + 4);
    context.globalAlpha = pose.alpha[i];
    context.strokeStyle = inks.ink;
    context.lineWidth = 1.5;
    context.strokeRect(x - 1, y - 1, w + 2, h + 2);
    if (w >= 22 && h >= 11) drawSign(context, inks, sign, x + w, y);
  });
}

/**
 * Before the queues, what happens in them has not happened yet.
 * @param {number} scene
 * @param {string} signs
 */
const signAt = (scene, signs) => scene >= DISPATCH ? signs[0] : signs.includes(NEW) ? NEW : "";

/**
 * The cells that a smaller k no longer chooses.
 * @param {Stage} view
 */
function drawGone({ context, facts, frame, inks, pose, picks }) {
  context.globalAlpha = pose.looks.marks;
  context.strokeStyle = inks.ink;
  context.lineWidth = 1.25;
  context.setLineDash([3, 2]);
  for (const [token, chosen] of facts.plan.changed?.gone ?? []) {
    if (picks.token === null || picks.token === token) {
      context.strokeRect(...cellBox(frame, { token, chosen }));
    }
  }
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Inks} inks
 * @param {string} sign
 * @param {number} x
 * @param {number} y
 */
function drawSign(context, inks, sign, x, y) {
  context.textAlign = "center";
  context.fillStyle = inks.ink;
  context.beginPath();
  context.arc(x - 1, y + 1, 6.5, 0, 7);
  context.fill();
  context.fillStyle = inks.paper;
  context.fillText(sign, x - 1, y + 1.5);
}
