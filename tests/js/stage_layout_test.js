// Where the routing stage puts everything, worked out by hand, and what lies under the pointer.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ARRIVE,
  COMPUTE,
  factsOf,
  SELECT,
} from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js";
import { hit } from "../../moeviz/ui/components/routing_stage/routing_stage_hit.js";
import {
  capacityX,
  endsOf,
  frameOf,
  rowY,
} from "../../moeviz/ui/components/routing_stage/routing_stage_layout.js";
import { makePose, poseAt } from "../../moeviz/ui/components/routing_stage/routing_stage_motion.js";
import { droplessPlan, planOf } from "./stage_plan.js";

/** @import { Plan } from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js" */

/** @type {(boxes: Float32Array, i: number) => number[]} */
const boxOf = (boxes, i) => [...boxes.subarray(4 * i, 4 * i + 4)];

/** @type {(found: number[], wanted: number[]) => void} */
function near(found, wanted) {
  assert.equal(found.length, wanted.length);
  found.forEach((each, i) => assert.ok(Math.abs(each - wanted[i]) < 1e-4, `${found} ${wanted}`));
}

/** @type {(plan?: Plan, width?: number) => {facts: ReturnType<typeof factsOf>, frame: ReturnType<typeof frameOf>, ends: ReturnType<typeof endsOf>}} */
function laidOut(plan = planOf(), width = 800) {
  const facts = factsOf(plan);
  const frame = frameOf(facts, width);
  return { facts, frame, ends: endsOf(facts, frame) };
}

/** A plan of many tokens, all sent to expert 0. @type {(T: number, E: number) => Plan} */
const crowd = (T, E) => {
  const rows = Array.from({ length: T }, (_, t) => t);
  return planOf({
    tokens: rows.map(String),
    sequence: rows.map(() => 0),
    n_experts: E,
    top_k: 1,
    capacity: null,
    chosen: rows.map(() => [0]),
    sent: rows.map(() => [0]),
    gates: rows.map(() => [1]),
    place: rows.map((t) => [t]),
    kept: rows.map(() => [true]),
    out_norm: rows.map(() => 1),
    residual_norm: rows.map(() => 1),
  });
};

test("four tokens and three experts fill 800 pixels in columns of 84 and rows of 42", () => {
  const { frame } = laidOut();
  assert.deepEqual([frame.left, frame.column, frame.plotWidth], [54, 84, 4 * 84]);
  assert.deepEqual([frame.top, frame.pitch, frame.bottom], [18, 42, 18 + 3 * 42]);
  assert.deepEqual(frame.lane, { top: 144 + 9, height: 30 });
  assert.deepEqual([frame.width, frame.height], [800, 184]);
  assert.deepEqual([frame.narrow, frame.aligned], [false, true]);
});

test("scales end at round values above what they hold", () => {
  const { frame } = laidOut();
  assert.equal(frame.ceiling, 1); // gate weights of a token sum to 0.9
  assert.equal(frame.shareTop, 0.5);
  assert.equal(frame.longestVector, 4);
});

test("a cell is its column and row, with a gap of paper around it", () => {
  const { ends } = laidOut();
  near(boxOf(ends.cell, 0), [54 + 1.5, 18 + 1.5, 81, 39]); // token a at expert 0
  near(boxOf(ends.cell, 7), [54 + 3 * 84 + 1.5, 18 + 1.5, 81, 39]); // token d's second: expert 0
});

test("a token's segments stand on each other, as high as their gate weights", () => {
  const { ends } = laidOut(); // 124 pixels for a gate weight of 1; 46 wide, in the middle of 84
  near(boxOf(ends.stack, 0), [73, 144 - 0.6 * 124, 46, 0.6 * 124]);
  near(boxOf(ends.stack, 1), [73, 144 - 0.9 * 124, 46, 0.3 * 124]);
});

test("a queue grows from the left, a slot for each place", () => {
  const { ends, frame } = laidOut();
  assert.equal(frame.slot, 58);
  near(boxOf(ends.queue, 0), [60, 18 + 8, 55, 26]); // token a, place 0 of expert 0
  near(boxOf(ends.queue, 1), [60 + 2 * 58, 18 + 42 + 8, 55, 26]); // its second: place 2 of expert 1
  near(boxOf(ends.line, 4), [60 + 3 * 58, 18 + 8, 55, 26]); // token c waits behind three at expert 0
});

test("what found no slot lies in the lane below, in its token's column", () => {
  const { ends } = laidOut();
  near(boxOf(ends.slot, 1), [54 + (84 - 58) / 2, 153 + 2 + 14, 58, 12]);
  near(boxOf(ends.slot, 0), boxOf(ends.queue, 0)); // this one has a slot
});

test("a share is the stack shrunk to |y| ÷ |x| of its own scale", () => {
  const { ends } = laidOut(); // half of |x|, on a scale that ends at a half: the whole height
  const [x, y, , height] = boxOf(ends.share, 1);
  near([x, y], [73, 144 - 124]);
  near([height], [124 / 3]); // its part of the two gate weights
  near([...ends.shares], [1, 1, 0, 1]);
  near([...ends.stream], [0.5, 0.25, 0, 1]);
});

test("the capacity is a line after its last slot, where the picture reaches so far", () => {
  const { frame } = laidOut();
  assert.equal(frame.capacityShown, true);
  assert.equal(capacityX(frame, 2), 60 + 2 * 58 - 1);
  assert.equal(laidOut(planOf({ capacity: 50 })).frame.capacityShown, false);
  assert.equal(laidOut(droplessPlan()).frame.capacityShown, false);
});

test("on a phone margins are narrower and the caption has a line of its own", () => {
  const { frame } = laidOut(planOf(), 390);
  assert.deepEqual([frame.narrow, frame.left, frame.top], [true, 42, 33]);
  assert.equal(frame.column, (390 - 42 - 34) / 4);
});

test("the longest queue fits the width, however long it is and however narrow the page", () => {
  for (const width of [390, 600, 1280]) {
    for (const T of [1, 40, 200, 1000]) {
      const { frame, ends, facts } = laidOut(crowd(T, 8), width);
      const [x, , w] = boxOf(ends.queue, T - 1);
      const least = facts.longest * 1.5 > width; // marks are never thinner than can be seen
      assert.ok(x + w <= width || least, `${T} tokens in ${width}: ${x + w}`);
      assert.ok(frame.width >= width);
    }
  }
});

test("rows of up to 256 experts share one height and no mark is higher than its row", () => {
  for (const E of [1, 2, 8, 64, 256]) {
    const { frame } = laidOut(crowd(40, E), 1280);
    assert.ok(frame.gridHeight <= 232 + 1e-9, `${E}: ${frame.gridHeight}`);
    assert.ok(frame.markHeight <= Math.max(1.5, frame.pitch), `${E}: ${frame.markHeight}`);
    assert.ok(Math.abs(rowY(frame, E) - frame.bottom) < 1e-9);
  }
});

/** @type {(scene: number, x: number, y: number) => {token: number | null, expert: number | null}} */
function hitIn(scene, x, y) {
  const { facts, frame, ends } = laidOut();
  const pose = poseAt(makePose(facts), facts, ends, scene, 1);
  return hit({ facts, frame, pose }, x, y);
}

test("in the grid a point is a token and an expert", () => {
  assert.deepEqual(hitIn(SELECT, 54 + 84 * 1.5, 18 + 42 * 2.5), { token: 1, expert: 2 });
  assert.deepEqual(hitIn(ARRIVE, 54 + 84 * 3.9, 18 + 1), { token: 3, expert: 0 });
});

test("beside and above the grid there is no token", () => {
  assert.deepEqual(hitIn(SELECT, 40, 18 + 42 * 2.5), { token: null, expert: 2 });
  assert.deepEqual(hitIn(SELECT, 54 + 84 * 4.1, 18 + 42 * 1.5), { token: null, expert: 1 });
  assert.deepEqual(hitIn(SELECT, 54 + 84 * 1.5, 10), { token: null, expert: null });
});

test("in the residual lane a point is a token alone", () => {
  assert.deepEqual(hitIn(SELECT, 54 + 84 * 1.5, 160), { token: 1, expert: null });
});

test("in the queues a point is the mark that lies there, with the expert it was sent to", () => {
  assert.deepEqual(hitIn(COMPUTE, 60 + 5, 18 + 42 + 8 + 5), { token: 2, expert: 1 });
  assert.deepEqual(hitIn(COMPUTE, 60 + 58 + 5, 18 + 8 + 5), { token: 1, expert: 0 });
});

test("an empty place of a queue is its expert's, and no column of a token", () => {
  assert.deepEqual(hitIn(COMPUTE, 54 + 84 * 3.5, 18 + 42 * 2.5), { token: null, expert: 2 });
});

test("what fell into the lane is found there", () => {
  assert.deepEqual(hitIn(COMPUTE, 54 + 42, 153 + 2 + 14 + 6), { token: 0, expert: 1 });
});

test("before there is a plan nothing is hit", () => {
  assert.deepEqual(hit({}, 100, 100), { token: null, expert: null });
});
