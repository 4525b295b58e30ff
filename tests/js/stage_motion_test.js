// Between the scenes: nothing jumps, and what moves arrives.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ARRIVE,
  COMBINE,
  COMPUTE,
  DISPATCH,
  factsOf,
  RESIDUAL,
  SCENES,
  SCORE,
  SELECT,
  WEIGH,
} from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js";
import { endsOf, frameOf } from "../../moeviz/ui/components/routing_stage/routing_stage_layout.js";
import {
  clamp,
  ease,
  makePose,
  poseAt,
  waved,
  workedThrough,
} from "../../moeviz/ui/components/routing_stage/routing_stage_motion.js";
import { durationOf } from "../../moeviz/ui/components/routing_stage/routing_stage_times.js";
import { droplessPlan, planOf } from "./stage_plan.js";

const facts = factsOf(planOf());
const ends = endsOf(facts, frameOf(facts, 800));

/** @type {(scene: number, progress: number) => ReturnType<typeof makePose>} */
const pose = (scene, progress) => poseAt(makePose(facts), facts, ends, scene, progress);

/** @type {(found: Float32Array, wanted: Float32Array, what: string) => void} */
function near(found, wanted, what) {
  found.forEach((each, i) => assert.ok(Math.abs(each - wanted[i]) < 1e-3, `${what}, ${i}`));
}

test("easing starts and ends slowly, in the middle at the half, and never turns back", () => {
  assert.deepEqual([ease(0), ease(0.5), ease(1)], [0, 0.5, 1]);
  assert.equal(ease(0.25), 4 * 0.25 ** 3);
  assert.ok(Math.abs(ease(0.3) + ease(0.7) - 1) < 1e-12);
  for (let t = 0; t < 1; t += 0.05) assert.ok(ease(t + 0.05) > ease(t));
});

test("progress stays between nothing and all", () => {
  assert.deepEqual([clamp(-0.2), clamp(0.2), clamp(1.2)], [0, 0.2, 1]);
});

test("those who start later of a wave end later, all within the time", () => {
  assert.deepEqual([waved(0, 0, 0.5), waved(0.25, 0, 0.5), waved(0.5, 0, 0.5)], [0, 0.5, 1]);
  assert.deepEqual([waved(0.5, 1, 0.5), waved(0.75, 1, 0.5), waved(1, 1, 0.5)], [0, 0.5, 1]);
});

test("dispatching takes longer where something is sent on or falls", () => {
  assert.equal(durationOf(DISPATCH, facts), 2200 + 1000 + 1000);
  assert.equal(durationOf(DISPATCH, factsOf(droplessPlan())), 2200);
  assert.ok(durationOf(SCORE, facts) > durationOf(SELECT, facts));
});

test("all experts work at once, from a little after the start to a little before the end", () => {
  assert.equal(workedThrough(0.08, 4), 0);
  assert.equal(workedThrough(0.5, 4), 2);
  assert.ok(Math.abs(workedThrough(0.92, 4) - 4) < 1e-9);
  assert.equal(workedThrough(1, 4), 4);
});

test("no assignment is shown before the selection", () => {
  for (const scene of [ARRIVE, SCORE]) {
    for (const progress of [0, 0.5, 1]) {
      assert.ok(pose(scene, progress).alpha.every((a) => a === 0));
    }
  }
});

test("one token goes first from the scores to the gate weights, then all move together", () => {
  /** @type {(scene: number, progress: number, lead: number) => ReturnType<typeof makePose>} */
  const led = (scene, progress, lead) =>
    poseAt(makePose(facts), facts, ends, scene, progress, lead);
  const own = facts.assignments.map(({ token }) => token === 2);
  assert.deepEqual([...led(SELECT, 0.55, 2).alpha], own.map(Number));
  assert.ok(led(SELECT, 1, 2).alpha.every((alpha) => alpha === 1));
  const weighed = led(WEIGH, 0.55, 2).boxes;
  facts.assignments.forEach((_, i) =>
    near(
      weighed.subarray(4 * i, 4 * i + 4),
      (own[i] ? ends.stack : ends.cell).subarray(4 * i, 4 * i + 4),
      `assignment ${i}`,
    )
  );
  for (const scene of [SCORE, SELECT, WEIGH]) assert.ok(led(scene, 1, 2).looks.others < 0.5);
  for (const scene of [ARRIVE, DISPATCH, COMPUTE, COMBINE, RESIDUAL]) {
    assert.equal(led(scene, 1, 2).looks.others, 1);
  }
  assert.deepEqual(led(DISPATCH, 0.5, 2).boxes, led(DISPATCH, 0.5, 0).boxes);
});

test("each scene ends where its layout says", () => {
  near(pose(SELECT, 1).boxes, ends.cell, "select");
  near(pose(WEIGH, 1).boxes, ends.stack, "weigh");
  near(pose(DISPATCH, 1).boxes, ends.slot, "dispatch");
  near(pose(COMPUTE, 1).boxes, ends.slot, "compute");
  near(pose(COMBINE, 1).boxes, ends.stack, "combine");
  near(pose(RESIDUAL, 1).boxes, ends.share, "residual");
});

test("each scene begins where the one before it ended", () => {
  for (let scene = WEIGH; scene < SCENES.length; scene++) {
    const [before, after] = [pose(scene - 1, 1), pose(scene, 0)];
    near(after.boxes, before.boxes, `boxes of ${SCENES[scene]}`);
    near(after.alpha, before.alpha, `alpha of ${SCENES[scene]}`);
  }
  for (let scene = SCORE; scene < SCENES.length; scene++) {
    const [before, after] = [pose(scene - 1, 1).looks, pose(scene, 0).looks];
    const parts = /** @type {(keyof typeof before)[]} */ (Object.keys(before));
    for (const part of parts) {
      assert.ok(Math.abs(before[part] - after[part]) < 1e-9, `${part} of ${SCENES[scene]}`);
    }
  }
});

test("no mark makes a leap within a scene", () => {
  const STEPS = 400;
  for (let scene = WEIGH; scene < SCENES.length; scene++) {
    for (let i = 0; i < STEPS; i++) {
      const [one, other] = [pose(scene, i / STEPS), pose(scene, (i + 1) / STEPS)];
      one.boxes.forEach((value, j) => {
        const moved = Math.abs(value - other.boxes[j]);
        assert.ok(moved < 20, `${SCENES[scene]} at ${i / STEPS}: ${moved}`);
      });
    }
  }
});

test("an assignment without a slot is hollow from the queues on", () => {
  const lost = facts.assignments.map((assignment) => (assignment.kept ? 0 : 1));
  assert.deepEqual([...pose(DISPATCH, 1).hollow], lost);
  assert.deepEqual([...pose(COMPUTE, 0.5).hollow], lost);
  assert.deepEqual([...pose(COMBINE, 0.5).hollow], lost);
  assert.ok(pose(WEIGH, 1).hollow.every((each) => each === 0));
});

test("what is sent on is refused first, then full again", () => {
  const sentOn = 4; // token c, its first expert
  const travelled = 2200 / 4200; // the part of the scene after which all have come to a queue
  assert.equal(pose(DISPATCH, travelled).hollow[sentOn], 0);
  near(
    pose(DISPATCH, travelled).boxes.subarray(16, 20),
    ends.line.subarray(16, 20),
    "behind the full expert's queue",
  );
  near(
    pose(DISPATCH, 3200 / 4200).boxes.subarray(16, 20),
    ends.queue.subarray(16, 20),
    "at the other expert",
  );
});

test("what is sent on and refused once more is hollow from the second refusal on", () => {
  const kept = [[true, false], [true, false], [false, true], [true, false]];
  const refused = factsOf(planOf({ kept }));
  const itsEnds = endsOf(refused, frameOf(refused, 800));
  /** @param {number} ms */
  const hollow = (ms) => poseAt(makePose(refused), refused, itsEnds, DISPATCH, ms / 4200).hollow[4];
  assert.deepEqual([hollow(2200), hollow(3100), hollow(3201)], [0, 0, 1]);
});

test("what falls falls faster and faster", () => {
  const half = (2200 + 1000 + 0.3 * 1000) / 4200; // token a falls in the first 60 % of the fall
  const [, from] = ends.queue.subarray(4, 8);
  const [, to] = ends.slot.subarray(4, 8);
  const [, y] = pose(DISPATCH, half).boxes.subarray(4, 8);
  assert.ok(Math.abs(y - (from + (to - from) / 4)) < 1e-3, `${from} ${y} ${to}`);
});

test("the experts compute kept assignments only, first places first", () => {
  const half = [...pose(COMPUTE, 0.5).done]; // two rows of four
  const wanted = facts.assignments.map(({ kept, place }) => (kept && place < 2 ? 1 : 0));
  assert.deepEqual(half, wanted);
  assert.deepEqual([...pose(COMPUTE, 0.04).done], facts.assignments.map(() => 0));
  assert.deepEqual([...pose(COMPUTE, 1).done], facts.assignments.map(({ kept }) => Number(kept)));
});

test("what was dropped goes before what is added", () => {
  const { alpha } = pose(RESIDUAL, 0.2); // token a is a third on its way
  assert.equal(alpha[1], 0);
  assert.ok(alpha[0] > 0.8);
});

test("in the end the assignments have become the share that they add", () => {
  const { alpha, looks } = pose(RESIDUAL, 1);
  assert.ok(alpha.every((each) => each === 0));
  assert.equal(looks.shares, 1);
});
