// Between the scenes: where each assignment is and how strong each part of the picture is when a scene
// is so far done. Pure: facts, ends and progress in, a pose out.

import {
  ARRIVE,
  COMBINE,
  COMPUTE,
  DISPATCH,
  RESIDUAL,
  SELECT,
  WEIGH,
} from "./routing_stage_facts.js";
import { dispatchSteps, total } from "./routing_stage_times.js";

/** @import { Facts } from "./routing_stage_facts.js" */
/** @import { Ends } from "./routing_stage_layout.js" */

/** @typedef {ReturnType<typeof makePose>} Pose */

/** @typedef {(pose: Pose, facts: Facts, ends: Ends, progress: number) => void} Move */

/** In which part of a scene the token that leads moves; the others wait for the rest. */
export const LEADS = 0.55;

/** How strong the others stand while one token leads. */
export const OTHERS = 0.3;

/** How strong each part of the picture stands at the end of a scene; `others`: than the one that leads. */
const LOOKS = [
  { heat: 0, rows: 0.4, slots: 0, gates: 0, shares: 0, stream: 1, paths: 1, marks: 0, others: 1 },
  {
    heat: 1,
    rows: 1,
    slots: 0,
    gates: 0,
    shares: 0,
    stream: 0.45,
    paths: 0,
    marks: 0,
    others: OTHERS,
  },
  {
    heat: 0.3,
    rows: 1,
    slots: 0,
    gates: 0,
    shares: 0,
    stream: 0.45,
    paths: 0,
    marks: 1,
    others: OTHERS,
  },
  {
    heat: 0,
    rows: 0,
    slots: 0,
    gates: 1,
    shares: 0,
    stream: 0.45,
    paths: 0,
    marks: 1,
    others: OTHERS,
  },
  { heat: 0, rows: 1, slots: 1, gates: 0, shares: 0, stream: 0.45, paths: 0, marks: 1, others: 1 },
  { heat: 0, rows: 1, slots: 1, gates: 0, shares: 0, stream: 0.45, paths: 0, marks: 1, others: 1 },
  { heat: 0, rows: 0, slots: 0, gates: 1, shares: 0, stream: 0.45, paths: 0, marks: 1, others: 1 },
  { heat: 0, rows: 0, slots: 0, gates: 0, shares: 1, stream: 1, paths: 0, marks: 0, others: 1 },
];

const PARTS = /** @type {(keyof typeof LOOKS[0])[]} */ (Object.keys(LOOKS[0]));

/**
 * What a picture is drawn from: the boxes of the assignments and how visible, worked through and hollow
 * each is; how high each token's bars stand; how strong each part of the picture stands.
 * @param {Facts} facts
 */
export function makePose(facts) {
  const n = facts.assignments.length;
  return {
    scene: ARRIVE,
    progress: 0,
    lead: facts.plan.lead ?? 0,
    looks: looksAt(ARRIVE, 0),
    boxes: new Float32Array(n * 4),
    alpha: new Float32Array(n),
    shares: new Float32Array(facts.T),
    stream: new Float32Array(facts.T),
    done: new Uint8Array(n),
    hollow: new Uint8Array(n),
  };
}

/**
 * Fill `pose` with the state of `scene` at `progress` from 0 to 1.
 * @param {Pose} pose
 * @param {Facts} facts
 * @param {Ends} ends
 * @param {number} scene
 * @param {number} progress
 * @param {number} lead  the token that goes first
 */
export function poseAt(pose, facts, ends, scene, progress, lead = facts.plan.lead ?? 0) {
  Object.assign(pose, { scene, progress, lead, looks: looksAt(scene, progress) });
  pose.alpha.fill(1);
  pose.shares.set(ends.shares);
  pose.stream.set(ends.stream);
  pose.done.fill(scene > COMPUTE ? 1 : 0);
  facts.assignments.forEach((
    assignment,
    i,
  ) => (pose.hollow[i] = scene > DISPATCH && !assignment.kept ? 1 : 0));
  (MOVES[scene] ?? hide)(pose, facts, ends, progress);
  return pose;
}

/**
 * @param {number} scene
 * @param {number} progress
 */
function looksAt(scene, progress) {
  const [from, to] = [LOOKS[Math.max(0, scene - 1)], LOOKS[scene]];
  const part = scene === ARRIVE ? 1 : ease(clamp(progress / 0.4));
  const looks = { ...to };
  for (const name of PARTS) looks[name] = from[name] + (to[name] - from[name]) * part;
  return looks;
}

/** @param {Pose} pose */
const hide = (pose) => pose.alpha.fill(0);

/** @type {Record<number, Move>} */
const MOVES = {
  [SELECT]: (pose, { assignments }, ends, progress) => {
    pose.boxes.set(ends.cell);
    assignments.forEach((
      { token },
      i,
    ) => (pose.alpha[i] = ease(turnOf(pose.lead, token, progress))));
  },
  [WEIGH]: (pose, { assignments }, ends, progress) =>
    assignments.forEach(({ token }, i) =>
      glide(pose.boxes, ends.cell, ends.stack, i, turnOf(pose.lead, token, progress))
    ),
  [DISPATCH]: dispatch,
  [COMPUTE]: (pose, { assignments, longest }, ends, progress) => {
    pose.boxes.set(ends.slot);
    assignments.forEach(
      (
        assignment,
        i,
      ) => (pose.done[i] = assignment.kept && assignment.place < workedThrough(progress, longest)
        ? 1
        : 0),
    );
  },
  [COMBINE]: (pose, { assignments, T }, ends, progress) =>
    assignments.forEach((assignment, i) =>
      turn(pose.boxes, ends.slot, ends.stack, i, waved(progress, assignment.token / T, 0.4), "x")
    ),
  [RESIDUAL]: (pose, { assignments, T }, ends, progress) =>
    assignments.forEach((assignment, i) => {
      const part = waved(progress, assignment.token / T, 0.4);
      glide(pose.boxes, ends.stack, ends.share, i, part);
      pose.alpha[i] = assignment.kept ? 1 - ease(part) : 1 - clamp(part * 3);
    }),
};

/**
 * The own progress of a token where one goes first: the others wait, then move together.
 * @param {number} lead
 * @param {number} token
 * @param {number} progress
 */
const turnOf = (lead, token, progress) =>
  token === lead ? clamp(progress / LEADS) : clamp((progress - LEADS) / (1 - LEADS));

/**
 * Rows that every expert has computed so far: all work at once, the longest queue ends last.
 * @param {number} progress
 * @param {number} longest
 */
export const workedThrough = (progress, longest) => clamp((progress - 0.08) / 0.84) * longest;

/**
 * To the chosen expert's queue in its order; then on to another where re-routed; then down.
 * @type {Move}
 */
function dispatch(pose, facts, ends, progress) {
  const steps = dispatchSteps(facts);
  const now = progress * total(steps);
  const travel = clamp(now / steps.travel);
  const onward = steps.onward ? clamp((now - steps.travel) / steps.onward) : 1;
  const fall = steps.fall ? clamp((now - steps.travel - steps.onward) / steps.fall) : 1;
  facts.assignments.forEach((assignment, i) => {
    const arriving = waved(travel, Math.min(1, assignment.waits / facts.longest), 0.55);
    if (arriving < 1) return turn(pose.boxes, ends.stack, ends.line, i, arriving, "y");
    pose.hollow[i] = assignment.kept || (assignment.detour && onward < 1) ? 0 : 1;
    if (onward < 1) {
      return turn(pose.boxes, ends.line, ends.queue, i, assignment.detour ? onward : 0, "y");
    }
    const falling = assignment.kept ? 0 : waved(fall, assignment.token / facts.T, 0.4);
    return drop(pose.boxes, ends.queue, ends.slot, i, falling);
  });
}

/** @param {number} value */
export const clamp = (value) => Math.min(1, Math.max(0, value));

/** @param {number} t */
export const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

/**
 * The own progress of one that starts at `when` of the others' spread over `spread` of the time.
 * @param {number} progress
 * @param {number} when
 * @param {number} spread
 */
export const waved = (progress, when, spread) => clamp((progress - when * spread) / (1 - spread));

/**
 * @param {Float32Array} out
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} i
 * @param {number} part
 */
function glide(out, from, to, i, part) {
  const eased = ease(part);
  for (let j = 4 * i; j < 4 * i + 4; j++) out[j] = from[j] + (to[j] - from[j]) * eased;
}

/**
 * First along one axis, then along the other, round the corner between.
 * @param {Float32Array} out
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} i
 * @param {number} part
 * @param {"x" | "y"} first
 */
function turn(out, from, to, i, part, first) {
  const [early, late] = [ease(clamp(part / 0.62)), ease(clamp((part - 0.3) / 0.7))];
  const [x, y] = first === "x" ? [early, late] : [late, early];
  const j = 4 * i;
  out[j] = from[j] + (to[j] - from[j]) * x;
  out[j + 1] = from[j + 1] + (to[j + 1] - from[j + 1]) * y;
  out[j + 2] = from[j + 2] + (to[j + 2] - from[j + 2]) * x;
  out[j + 3] = from[j + 3] + (to[j + 3] - from[j + 3]) * y;
}

/**
 * Down with growing speed; sideways evenly.
 * @param {Float32Array} out
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} i
 * @param {number} part
 */
function drop(out, from, to, i, part) {
  const j = 4 * i;
  for (const axis of [0, 2, 3]) {
    out[j + axis] = from[j + axis] + (to[j + axis] - from[j + axis]) * ease(part);
  }
  out[j + 1] = from[j + 1] + (to[j + 1] - from[j + 1]) * part * part;
}
