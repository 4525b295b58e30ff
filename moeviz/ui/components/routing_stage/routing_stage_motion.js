// Between the scenes: where each slot is and how strong each part of the picture is when a scene
// is so far done. Pure: facts, ends and progress in, a pose out.

import {
  ARRIVE,
  COMBINE,
  COMPUTE,
  DISPATCH,
  RESIDUAL,
  SCORE,
  SELECT,
  WEIGH,
} from "./routing_stage_facts.js";

const STEPS_MS = { travel: 3200, onward: 1500, fall: 1500 };

/** How long a scene moves, in ms at normal speed. */
export function durationOf(scene, facts) {
  const still = { [ARRIVE]: 1800, [SCORE]: 4200, [SELECT]: 1800, [WEIGH]: 1800, [COMPUTE]: 2600 };
  if (scene === DISPATCH) return total(dispatchSteps(facts));
  return still[scene] ?? 2400;
}

function dispatchSteps(facts) {
  return {
    travel: STEPS_MS.travel,
    onward: facts.detours ? STEPS_MS.onward : 0,
    fall: facts.drops ? STEPS_MS.fall : 0,
  };
}

const total = ({ travel, onward, fall }) => travel + onward + fall;

/** How strong each part of the picture stands at the end of a scene. */
const LOOKS = [
  { heat: 0, rows: 0.4, seats: 0, gates: 0, shares: 0, stream: 1, paths: 1, marks: 0 },
  { heat: 1, rows: 1, seats: 0, gates: 0, shares: 0, stream: 0.45, paths: 0, marks: 0 },
  { heat: 0.3, rows: 1, seats: 0, gates: 0, shares: 0, stream: 0.45, paths: 0, marks: 1 },
  { heat: 0, rows: 0, seats: 0, gates: 1, shares: 0, stream: 0.45, paths: 0, marks: 1 },
  { heat: 0, rows: 1, seats: 1, gates: 0, shares: 0, stream: 0.45, paths: 0, marks: 1 },
  { heat: 0, rows: 1, seats: 1, gates: 0, shares: 0, stream: 0.45, paths: 0, marks: 1 },
  { heat: 0, rows: 0, seats: 0, gates: 1, shares: 0, stream: 0.45, paths: 0, marks: 1 },
  { heat: 0, rows: 0, seats: 0, gates: 0, shares: 1, stream: 1, paths: 0, marks: 0 },
];

export function makePose(facts) {
  const n = facts.slots.length;
  return {
    boxes: new Float32Array(n * 4),
    alpha: new Float32Array(n),
    shares: new Float32Array(facts.T),
    stream: new Float32Array(facts.T),
    done: new Uint8Array(n),
    hollow: new Uint8Array(n),
  };
}

/** Fill `pose` with the state of `scene` at `progress` from 0 to 1. */
export function poseAt(pose, facts, ends, scene, progress) {
  Object.assign(pose, { scene, progress, looks: looksAt(scene, progress) });
  pose.alpha.fill(1);
  pose.shares.set(ends.shares);
  pose.stream.set(ends.stream);
  pose.done.fill(scene > COMPUTE ? 1 : 0);
  facts.slots.forEach((slot, i) => (pose.hollow[i] = scene > DISPATCH && !slot.kept ? 1 : 0));
  (MOVES[scene] ?? hide)(pose, facts, ends, progress);
  return pose;
}

function looksAt(scene, progress) {
  const from = LOOKS[Math.max(0, scene - 1)];
  const part = scene === ARRIVE ? 1 : ease(clamp(progress / 0.4));
  return Object.fromEntries(
    Object.entries(LOOKS[scene]).map(([name, to]) => [name, from[name] + (to - from[name]) * part]),
  );
}

const hide = (pose) => pose.alpha.fill(0);

const MOVES = {
  [SELECT]: (pose, { slots, T }, ends, progress) => {
    pose.boxes.set(ends.cell);
    slots.forEach((slot, i) => (pose.alpha[i] = ease(waved(progress, slot.token / T, 0.55))));
  },
  [WEIGH]: (pose, { slots, T }, ends, progress) =>
    slots.forEach((slot, i) =>
      glide(pose.boxes, ends.cell, ends.stack, i, waved(progress, slot.token / T, 0.4))
    ),
  [DISPATCH]: dispatch,
  [COMPUTE]: (pose, { slots, longest }, ends, progress) => {
    pose.boxes.set(ends.seat);
    slots.forEach(
      (
        slot,
        i,
      ) => (pose.done[i] = slot.kept && slot.place < workedThrough(progress, longest) ? 1 : 0),
    );
  },
  [COMBINE]: (pose, { slots, T }, ends, progress) =>
    slots.forEach((slot, i) =>
      turn(pose.boxes, ends.seat, ends.stack, i, waved(progress, slot.token / T, 0.4), "x")
    ),
  [RESIDUAL]: (pose, { slots, T }, ends, progress) =>
    slots.forEach((slot, i) => {
      const part = waved(progress, slot.token / T, 0.4);
      glide(pose.boxes, ends.stack, ends.share, i, part);
      pose.alpha[i] = slot.kept ? 1 - ease(part) : 1 - clamp(part * 3);
    }),
};

/** Rows that every expert has computed so far: all work at once, the longest queue ends last. */
export const workedThrough = (progress, longest) => clamp((progress - 0.08) / 0.84) * longest;

/** To the chosen expert's queue in its order; then on to another where re-routed; then down. */
function dispatch(pose, facts, ends, progress) {
  const steps = dispatchSteps(facts);
  const now = progress * total(steps);
  const travel = clamp(now / steps.travel);
  const onward = steps.onward ? clamp((now - steps.travel) / steps.onward) : 1;
  const fall = steps.fall ? clamp((now - steps.travel - steps.onward) / steps.fall) : 1;
  facts.slots.forEach((slot, i) => {
    const arriving = waved(travel, Math.min(1, slot.waits / facts.longest), 0.55);
    if (arriving < 1) return turn(pose.boxes, ends.stack, ends.line, i, arriving, "y");
    pose.hollow[i] = slot.kept || (slot.detour && onward < 1) ? 0 : 1;
    if (onward < 1) {
      return turn(pose.boxes, ends.line, ends.queue, i, slot.detour ? onward : 0, "y");
    }
    const falling = slot.kept ? 0 : waved(fall, slot.token / facts.T, 0.4);
    return drop(pose.boxes, ends.queue, ends.seat, i, falling);
  });
}

export const clamp = (value) => Math.min(1, Math.max(0, value));
export const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

/** The own progress of one that starts at `when` of the others' spread over `spread` of the time. */
export const waved = (progress, when, spread) => clamp((progress - when * spread) / (1 - spread));

function glide(out, from, to, i, part) {
  const eased = ease(part);
  for (let j = 4 * i; j < 4 * i + 4; j++) out[j] = from[j] + (to[j] - from[j]) * eased;
}

/** First along one axis, then along the other, round the corner between. */
function turn(out, from, to, i, part, first) {
  const [early, late] = [ease(clamp(part / 0.62)), ease(clamp((part - 0.3) / 0.7))];
  const [x, y] = first === "x" ? [early, late] : [late, early];
  const j = 4 * i;
  out[j] = from[j] + (to[j] - from[j]) * x;
  out[j + 1] = from[j + 1] + (to[j + 1] - from[j + 1]) * y;
  out[j + 2] = from[j + 2] + (to[j + 2] - from[j + 2]) * x;
  out[j + 3] = from[j + 3] + (to[j + 3] - from[j + 3]) * y;
}

/** Down with growing speed; sideways evenly. */
function drop(out, from, to, i, part) {
  const j = 4 * i;
  for (const axis of [0, 2, 3]) {
    out[j + axis] = from[j + axis] + (to[j + axis] - from[j + axis]) * ease(part);
  }
  out[j + 1] = from[j + 1] + (to[j + 1] - from[j + 1]) * part * part;
}
