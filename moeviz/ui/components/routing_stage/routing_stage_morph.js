// From one answer to the next of a model that trains: what stands moves over, and nothing restarts.
// Knows nothing of scenes.

import { ease } from "./routing_stage_motion.js";

/** @import { Stage, View } from "./routing_stage_show.js" */
/** @import { Pose } from "./routing_stage_motion.js" */

/** @typedef {NonNullable<ReturnType<typeof standing>>} Standing */

/** @typedef {{from: Standing, part: number, frame: number}} Morph */

const MORPH_MS = 600;

/**
 * What stands now, to move on from; null where there is nothing yet.
 * @param {Pick<View, "pose" | "heat" | "facts">} view
 */
export function standing({ pose, heat, facts }) {
  if (!pose || !heat || !facts) return null;
  return {
    boxes: pose.boxes.slice(),
    alpha: pose.alpha.slice(),
    shares: pose.shares.slice(),
    stream: pose.stream.slice(),
    heat,
    E: facts.E,
  };
}

/**
 * Move from what stood to what `view` holds now; at once where nothing should move.
 * @param {Pick<Stage, "facts" | "pose" | "player" | "morph">} view
 * @param {Standing | null} from
 * @param {() => void} show  draws one picture
 */
export function morph(view, from, show) {
  if (view.morph) cancelAnimationFrame(view.morph.frame);
  view.morph = null;
  const { facts, pose, player } = view;
  const alike = from && from.E === facts.E && from.boxes.length === pose.boxes.length;
  if (!alike || player.still.matches) return show();
  const began = performance.now();
  /** @param {number} now */
  const frame = (now) => {
    if (!view.morph) return;
    const part = Math.min(1, Math.max(0, now - began) / MORPH_MS);
    if (part < 1) view.morph.part = ease(part);
    else view.morph = null;
    show();
    if (view.morph) view.morph.frame = requestAnimationFrame(frame);
  };
  view.morph = { from, part: 0, frame: requestAnimationFrame(frame) };
  return show();
}

/**
 * Take the pose back towards what stood before.
 * @param {Pick<Pose, "boxes" | "alpha" | "shares" | "stream">} pose
 * @param {Pick<Morph, "from" | "part">} morph
 */
export function blend(pose, { from, part }) {
  towards(pose.boxes, from.boxes, part);
  towards(pose.alpha, from.alpha, part);
  towards(pose.shares, from.shares, part);
  towards(pose.stream, from.stream, part);
}

/**
 * @param {Float32Array} values  changed in place
 * @param {Float32Array} from
 * @param {number} part
 */
function towards(values, from, part) {
  values.forEach((value, i) => (values[i] = from[i] + (value - from[i]) * part));
}
