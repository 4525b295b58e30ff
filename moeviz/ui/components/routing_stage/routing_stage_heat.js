// The scores on the canvas: a cell for each token and expert, strong where the expert is wanted.
// While one answer turns into the next both are drawn, the newer over the older.

import { textOn } from "../shared/colours.js";
import { SCORE, SELECT } from "./routing_stage_facts.js";
import { heatTone, rule, type } from "./routing_stage_ink.js";
import { columnX, rowY } from "./routing_stage_layout.js";
import { clamp, ease } from "./routing_stage_motion.js";

/** @import { Stage } from "./routing_stage_show.js" */
/** @import { Heat } from "./routing_stage_ink.js" */

/** @param {Stage} view */
export function drawHeat(view) {
  const { context, facts, frame, pose, heat } = view;
  if (pose.looks.heat <= 0.01) return;
  const scoring = pose.scene === SCORE;
  const shown = scoring ? ease(clamp(pose.progress / 0.42)) * facts.T : facts.T;
  const turned = scoring ? ease(clamp((pose.progress - 0.58) / 0.3)) : 1;
  const strength = scoring ? 1 : pose.looks.heat;
  context.imageSmoothingEnabled = false;
  if (view.morph) pasteBoth(view, view.morph.from.heat, strength, turned, shown);
  pasteBoth(view, heat, strength * (view.morph?.part ?? 1), turned, shown);
  drawMesh(view, shown);
  if (frame.column >= 34 && frame.pitch >= 14 && scoring) drawNumbers(view, turned, shown);
  if (pose.scene >= SELECT) drawPassedOver(view);
}

/**
 * @param {Stage} view
 * @param {Heat} heat
 * @param {number} strength
 * @param {number} turned  from logits (0) to probabilities (1)
 * @param {number} shown  tokens, from the first
 */
function pasteBoth(view, { logits, scores }, strength, turned, shown) {
  if (turned < 1) paste(view, logits, strength, shown);
  if (turned > 0) paste(view, scores, strength * turned, shown);
}

/**
 * @param {Stage} view
 * @param {HTMLCanvasElement} image
 * @param {number} alpha
 * @param {number} shown
 */
function paste({ context, frame, facts }, image, alpha, shown) {
  context.globalAlpha = alpha;
  const width = frame.column * shown;
  if (shown > 0) {
    context.drawImage(image, 0, 0, shown, facts.E, frame.left, frame.top, width, frame.gridHeight);
  }
}

/**
 * Lines of paper between the cells, where cells are large enough; breaks between sequences.
 * @param {Stage} view
 * @param {number} shown
 */
function drawMesh({ context, frame, facts, inks }, shown) {
  context.globalAlpha = 1;
  context.strokeStyle = inks.paper;
  context.lineWidth = frame.pitch > 8 ? 2 : 0.7;
  for (let e = 1; e < facts.E; e++) {
    rule(context, frame.left, rowY(frame, e), frame.left + frame.column * shown, rowY(frame, e));
  }
  for (let t = 1; t < shown; t++) {
    const newSequence = facts.plan.sequence[t] !== facts.plan.sequence[t - 1];
    context.lineWidth = newSequence ? 3 : frame.column > 8 ? 2 : 0.7;
    rule(context, columnX(frame, t), frame.top, columnX(frame, t), frame.bottom);
  }
}

/**
 * @param {Stage} view
 * @param {number} turned
 * @param {number} shown
 */
function drawNumbers({ context, frame, facts, inks, heat }, turned, shown) {
  const matrix = turned < 0.5 ? facts.plan.logits : facts.plan.scores;
  /** @type {[[number, number], number]} */
  const [range, bend] = turned < 0.5 ? [heat.range, 1] : [[0, heat.most], heat.bend];
  type(context, inks, 11);
  context.textAlign = "center";
  context.globalAlpha = 1 - clamp(1 - Math.abs(turned - 0.5) * 4);
  for (let t = 0; t < Math.floor(shown); t++) {
    for (let e = 0; e < facts.E; e++) {
      context.fillStyle = textOn(heatTone(matrix[t][e], range, bend, inks.rgb));
      const text = matrix[t][e].toFixed(2);
      context.fillText(
        text,
        columnX(frame, t) + frame.column / 2,
        rowY(frame, e) + frame.pitch / 2 + 0.5,
      );
    }
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
