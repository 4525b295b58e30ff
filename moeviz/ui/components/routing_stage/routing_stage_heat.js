// The scores on the canvas: a cell for each token and expert, strong where the expert is wanted.
// While one answer turns into the next both are drawn, the newer over the older.

import { textOn } from "../shared/colours.js";
import { SCORE, SELECT } from "./routing_stage_facts.js";
import { heatTone, rule, type } from "./routing_stage_ink.js";
import { columnX, rowY } from "./routing_stage_layout.js";
import { clamp, ease, LEADS, OTHERS } from "./routing_stage_motion.js";

/** @import { Stage } from "./routing_stage_show.js" */
/** @import { Heat } from "./routing_stage_ink.js" */

/** @typedef {{token: number, strength: number, turned: number}} Column  from logits (0) to scores (1) */

/** When the scores of the token that leads appear, and turn from logits; when those of the others do. */
const SCORING = { logits: [0, 0.16], scores: [0.3, 0.44], others: [LEADS, 1] };

/** @param {Stage} view */
export function drawHeat(view) {
  const { context, frame, pose, heat } = view;
  if (pose.looks.heat <= 0.01) return;
  const columns = columnsOf(view);
  context.imageSmoothingEnabled = false;
  for (const column of columns) {
    if (view.morph) pasteBoth(view, view.morph.from.heat, column, 1);
    pasteBoth(view, heat, column, view.morph?.part ?? 1);
  }
  drawMesh(view);
  if (frame.column >= 34 && frame.pitch >= 14 && pose.scene === SCORE) {
    for (const column of columns) drawNumbers(view, column);
  }
  if (pose.scene >= SELECT) drawPassedOver(view);
}

/**
 * How far each token's scores have come: first those of the token that leads, as logits, then as
 * scores; then, fainter, those of the others.
 * @param {Stage} view
 * @returns {Column[]}
 */
function columnsOf({ facts, pose }) {
  const { looks, lead, progress } = pose;
  const scoring = pose.scene === SCORE;
  /** @param {number[]} span */
  const part = ([from, to]) => scoring ? ease(clamp((progress - from) / (to - from))) : 1;
  const heat = scoring ? 1 : looks.heat;
  const [logits, scores, rest] = [SCORING.logits, SCORING.scores, SCORING.others].map(part);
  return facts.plan.tokens.map((_, token) =>
    token === lead
      ? { token, strength: heat * logits, turned: scores }
      : { token, strength: heat * rest * (scoring ? OTHERS : looks.others), turned: 1 }
  );
}

/** Whether the scene of the scores shows scores already, and no logits. */
export const showsScores = (/** @type {number} */ progress) =>
  progress > (SCORING.scores[0] + SCORING.scores[1]) / 2;

/**
 * @param {Stage} view
 * @param {Heat} heat
 * @param {Column} column
 * @param {number} alpha
 */
function pasteBoth(view, { logits, scores }, { token, strength, turned }, alpha) {
  if (turned < 1) paste(view, logits, token, strength * alpha);
  if (turned > 0) paste(view, scores, token, strength * turned * alpha);
}

/**
 * @param {Stage} view
 * @param {HTMLCanvasElement} image
 * @param {number} token
 * @param {number} alpha
 */
function paste({ context, frame, facts }, image, token, alpha) {
  context.globalAlpha = alpha;
  const [x, width, height] = [columnX(frame, token), frame.column, frame.gridHeight];
  context.drawImage(image, token, 0, 1, facts.E, x, frame.top, width, height);
}

/**
 * Lines of paper between the cells, where cells are large enough; breaks between sequences.
 * @param {Stage} view
 */
function drawMesh({ context, frame, facts, inks }) {
  context.globalAlpha = 1;
  context.strokeStyle = inks.paper;
  context.lineWidth = frame.pitch > 8 ? 2 : 0.7;
  for (let e = 1; e < facts.E; e++) {
    rule(context, frame.left, rowY(frame, e), frame.left + frame.plotWidth, rowY(frame, e));
  }
  for (let t = 1; t < facts.T; t++) {
    const newSequence = facts.plan.sequence[t] !== facts.plan.sequence[t - 1];
    context.lineWidth = newSequence ? 3 : frame.column > 8 ? 2 : 0.7;
    rule(context, columnX(frame, t), frame.top, columnX(frame, t), frame.bottom);
  }
}

/**
 * @param {Stage} view
 * @param {Column} column
 */
function drawNumbers({ context, frame, facts, inks, heat }, { token, strength, turned }) {
  const matrix = turned < 0.5 ? facts.plan.logits : facts.plan.scores;
  /** @type {[[number, number], number]} */
  const [range, bend] = turned < 0.5 ? [heat.range, 1] : [[0, heat.most], heat.bend];
  type(context, inks, 11);
  context.textAlign = "center";
  context.globalAlpha = strength * (1 - clamp(1 - Math.abs(turned - 0.5) * 4));
  const x = columnX(frame, token) + frame.column / 2;
  for (let e = 0; e < facts.E; e++) {
    const value = matrix[token][e];
    context.fillStyle = strength < 1 ? inks.ink : textOn(heatTone(value, range, bend, inks.rgb));
    context.fillText(value.toFixed(2), x, rowY(frame, e) + frame.pitch / 2 + 0.5);
  }
}

/** @param {Stage} view */
function drawPassedOver({ context, frame, facts, inks, pose, picks }) {
  if (pose.looks.heat < 0.05) return;
  const small = frame.pitch < 8;
  context.strokeStyle = inks.ink;
  context.lineWidth = small ? 0.8 : 1.2;
  context.setLineDash(small ? [] : [3, 2]);
  for (const { token, expert } of facts.passedOver) {
    const faint = small || (picks.token !== null && picks.token !== token);
    context.globalAlpha = clamp(pose.looks.heat * 3.4) * (faint ? 0.4 : 1);
    const [x, y] = [
      columnX(frame, token) + 1.5,
      rowY(frame, expert) + Math.min(1.5, frame.pitch / 4),
    ];
    context.strokeRect(x, y, frame.column - 3, frame.pitch - Math.min(3, frame.pitch / 2));
  }
  context.setLineDash([]);
}
