// From one answer to the next of a model that trains: what stands moves over, and nothing restarts.
// Knows nothing of scenes.

import { ease } from "./routing_stage_motion.js";

const MORPH_MS = 600;
const PARTS = ["boxes", "alpha", "shares", "stream"];

/** What stands now, to move on from; null where there is nothing yet. */
export function standing({ pose, heat, facts }) {
  if (!pose) return null;
  const parts = Object.fromEntries(PARTS.map((name) => [name, pose[name].slice()]));
  return { ...parts, heat, E: facts.E };
}

/** Move from what stood to what `view` holds now; at once where nothing should move. */
export function morph(view, from, show) {
  cancelAnimationFrame(view.morph?.frame);
  view.morph = null;
  const alike = from && from.E === view.facts.E && from.boxes.length === view.pose.boxes.length;
  if (!alike || view.player.still.matches) return show(view);
  view.morph = { from, part: 0 };
  const began = performance.now();
  const frame = (now) => {
    const part = Math.min(1, Math.max(0, now - began) / MORPH_MS);
    if (part < 1) view.morph.part = ease(part);
    else view.morph = null;
    show(view);
    if (view.morph) view.morph.frame = requestAnimationFrame(frame);
  };
  view.morph.frame = requestAnimationFrame(frame);
  return show(view);
}

/** Take the pose back towards what stood before. */
export function blend(pose, { from, part }) {
  for (const name of PARTS) {
    pose[name].forEach((
      value,
      i,
      all,
    ) => (all[i] = from[name][i] + (value - from[name][i]) * part));
  }
}
