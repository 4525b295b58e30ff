// What lies under the pointer.

import { SELECT } from "./routing_stage_facts.js";

/** @import { Facts, Place } from "./routing_stage_facts.js" */
/** @import { Frame } from "./routing_stage_layout.js" */
/** @import { Pose } from "./routing_stage_motion.js" */

/**
 * The token, and in the scenes of the grid the expert, at a point of the canvas.
 * @param {{facts?: Facts, frame?: Frame, pose?: Pose}} view
 * @param {number} x
 * @param {number} y
 * @returns {Place}
 */
export function hit({ facts, frame, pose }, x, y) {
  if (!facts || !frame || !pose) return { token: null, expert: null };
  const row = Math.floor((y - frame.top) / frame.pitch);
  const expert = row >= 0 && row < facts.E ? row : null;
  const assignment = pose.looks.slots > 0.5 ? assignmentAt(facts, pose, x, y) : null;
  if (assignment) return { token: assignment.token, expert: assignment.sent };
  if (pose.looks.slots > 0.5 && y < frame.lane.top) return { token: null, expert };
  const token = Math.floor((x - frame.left) / frame.column);
  const inside = token >= 0 && token < facts.T && y >= frame.top;
  return { token: inside ? token : null, expert: pose.scene <= SELECT ? expert : null };
}

/**
 * The assignment that is drawn last at this point.
 * @param {Facts} facts
 * @param {Pose} pose
 * @param {number} x
 * @param {number} y
 */
function assignmentAt({ assignments }, { boxes }, x, y) {
  for (let i = assignments.length - 1; i >= 0; i--) {
    const [left, top, width, height] = boxes.subarray(4 * i, 4 * i + 4);
    if (x >= left - 1 && x <= left + width + 1 && y >= top - 1 && y <= top + height + 1) {
      return assignments[i];
    }
  }
  return null;
}
