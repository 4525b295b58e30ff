// What follows from a plan of the routing stage: loads, queues, what was overruled, what changed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { factsOf } from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js";
import { droplessPlan, planOf } from "./stage_plan.js";

test("an expert's load counts what was sent to it, kept or not", () => {
  const { load, kept } = factsOf(planOf());
  assert.deepEqual(load, [3, 4, 1]);
  assert.deepEqual(kept, [2, 2, 1]);
});

test("the longest queue is as long as its last place says", () => {
  assert.equal(factsOf(planOf()).longest, 4);
  assert.equal(factsOf(droplessPlan()).longest, 4);
});

test("an assignment that is sent on first stands behind the whole queue that refused it", () => {
  const { assignments } = factsOf(planOf());
  const sentOn = assignments[2 * 2]; // token c, its first expert
  assert.equal(sentOn.detour, true);
  assert.equal(sentOn.waits, 3); // behind the 3 that were sent to expert 0
  assert.equal(sentOn.place, 0); // at expert 1
  const others = assignments.filter((assignment) => !assignment.detour);
  assert.equal(others.length, 7);
  for (const assignment of others) assert.equal(assignment.waits, assignment.place);
});

test("two that are sent on from one expert stand behind each other", () => {
  const { assignments } = factsOf(planOf({
    sent: [[0, 1], [0, 1], [1, 2], [1, 2]],
    place: [[0, 2], [1, 3], [0, 0], [1, 1]],
    chosen: [[0, 1], [0, 1], [0, 2], [1, 0]],
  }));
  assert.deepEqual([assignments[4].waits, assignments[7].waits], [2, 3]); // 2 are left at expert 0
});

test("drops and detours are found, and their absence too", () => {
  const { drops, detours } = factsOf(planOf());
  assert.deepEqual([drops, detours], [true, true]);
  const dropless = factsOf(droplessPlan());
  assert.deepEqual([dropless.drops, dropless.detours], [false, false]);
});

test("gate weights are summed by token", () => {
  const { sums } = factsOf(planOf());
  sums.forEach((sum, t) => assert.ok(Math.abs(sum - [0.9, 0.9, 0.6, 0.9][t]) < 1e-12));
});

test("|y| is a share of |x|, and 0 where there is no x", () => {
  assert.deepEqual(factsOf(planOf()).shares, [0.5, 0.5, 0, 0.5]);
});

test("a token is lost when none of its assignments found a slot", () => {
  const kept = [[false, false], [false, true], [true, true], [true, false]];
  assert.deepEqual(factsOf(planOf({ kept })).lost, [true, false, false, false]);
});

test("a score among the K highest that was not chosen was overruled", () => {
  const ranked = [[0.6, 0.3, 0.9], [0.5, 0.4, 0], [0.4, 0.25, 0.35], [0.2, 0.7, 0.1]];
  const chosen = [[2, 0], [0, 1], [0, 2], [1, 0]]; // token a: expert 2 for expert 1
  const { passedOver } = factsOf(planOf({ ranked, chosen, sent: chosen }));
  assert.deepEqual(passedOver, [{ token: 0, expert: 1 }]);
});

test("nothing was overruled where the scores alone were ranked, or where they are equal", () => {
  assert.deepEqual(factsOf(planOf({ chosen: [[2, 0], [0, 1], [0, 2], [1, 0]] })).passedOver, []);
  const even = Array.from({ length: 4 }, () => [0.4, 0.4, 0.4]);
  const chosen = Array.from({ length: 4 }, () => [1, 2]);
  assert.deepEqual(factsOf(planOf({ scores: even, ranked: even, chosen })).passedOver, []);
});

test("each assignment wears the signs of what changed, and each chip those of its assignments once", () => {
  const { signs, marks } = factsOf(planOf({
    changed: { moved: [[2, 0], [2, 1]], dropped: [[0, 1], [2, 1]], kept: [], new: [], gone: [] },
  }));
  assert.deepEqual(signs, ["", "×", "", "", "↷", "↷×", "", ""]);
  assert.deepEqual(marks, ["×", "", "↷×", ""]);
});

test("what a larger k chose marks its assignments and no chip", () => {
  const { signs, marks } = factsOf(planOf({
    changed: { moved: [], dropped: [], kept: [[0, 0]], new: [[0, 1], [3, 1]], gone: [] },
  }));
  assert.deepEqual(signs, ["+", "◆", "", "", "", "", "", "◆"]);
  assert.deepEqual(marks, ["+", "", "", ""]);
});
