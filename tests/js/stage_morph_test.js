// From one answer to the next of a model that trains.

import assert from "node:assert/strict";
import { test } from "node:test";

import { factsOf, SELECT } from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js";
import { endsOf, frameOf } from "../../moeviz/ui/components/routing_stage/routing_stage_layout.js";
import {
  blend,
  morph,
  standing,
} from "../../moeviz/ui/components/routing_stage/routing_stage_morph.js";
import { makePose, poseAt } from "../../moeviz/ui/components/routing_stage/routing_stage_motion.js";
import { withFakeClock } from "./fake_clock.js";
import { droplessPlan, planOf } from "./stage_plan.js";

/** @import { Plan } from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js" */

/**
 * A stage in the scene of the selection.
 * @param {Plan} plan
 * @returns {any}
 */
function stageOf(plan, reducedMotion = false) {
  const facts = factsOf(plan);
  const ends = endsOf(facts, frameOf(facts, 800));
  const pose = poseAt(makePose(facts), facts, ends, SELECT, 1);
  return { facts, pose, heat: {}, morph: null, player: { still: { matches: reducedMotion } } };
}

test("what stands is kept as it was, whatever becomes of the pose", () => {
  const stage = stageOf(planOf());
  const before = stage.pose.boxes[0];
  const kept = standing(stage);
  stage.pose.boxes.fill(-1);
  assert.equal(kept?.boxes[0], before);
  assert.equal(kept?.E, 3);
});

test("where nothing stands there is nothing to move on from", () => {
  assert.equal(standing({}), null);
});

test("a blend goes from what stood to what is", () => {
  /** @type {any} */
  const from = { boxes: [0, 0], alpha: [1], shares: [0], stream: [4] };
  const pose = () => ({
    boxes: Float32Array.of(8, 4),
    alpha: Float32Array.of(0),
    shares: Float32Array.of(1),
    stream: Float32Array.of(4),
  });
  const [start, quarter, end] = [pose(), pose(), pose()];
  blend(start, { from, part: 0 });
  assert.deepEqual([...start.boxes, ...start.alpha], [0, 0, 1]);
  blend(quarter, { from, part: 0.25 });
  assert.deepEqual([...quarter.boxes, ...quarter.alpha], [2, 1, 0.75]);
  assert.deepEqual([...quarter.shares, ...quarter.stream], [0.25, 4]);
  blend(end, { from, part: 1 });
  assert.deepEqual(end, pose());
});

test("an answer turns into the next one within 600 ms, and then rests", () =>
  withFakeClock((clock) => {
    const stage = stageOf(droplessPlan());
    /** @type {(number | null)[]} */
    const parts = [];
    morph(stage, standing(stageOf(planOf())), () => parts.push(stage.morph?.part ?? null));
    assert.deepEqual(parts, [0]); // at once, as it stood
    clock.pass(300);
    assert.ok(Math.abs(Number(parts.at(-1)) - 0.5) < 1e-9);
    clock.pass(300);
    assert.equal(parts.at(-1), null);
    assert.deepEqual(
      parts.slice(0, -1),
      parts.slice(0, -1).toSorted((a, b) => Number(a) - Number(b)),
    );
    assert.deepEqual(clock.waiting, []);
  }));

test("a newer answer takes over where the last one is, and one motion is left", () =>
  withFakeClock((clock) => {
    const stage = stageOf(droplessPlan());
    morph(stage, standing(stageOf(planOf())), () => {});
    clock.pass(200);
    morph(stage, standing(stageOf(planOf())), () => {});
    assert.equal(stage.morph.part, 0);
    assert.equal(clock.waiting.length, 1);
  }));

test("nothing moves over between models of other shapes, nor where motion is not wanted", () =>
  withFakeClock((clock) => {
    const other = stageOf(planOf({ n_experts: 4, colours: ["#000", "#111", "#222", "#333"] }));
    const still = stageOf(droplessPlan(), true);
    for (const stage of [other, still]) {
      let shown = 0;
      morph(stage, standing(stageOf(planOf())), () => shown++);
      assert.deepEqual([stage.morph, shown, clock.waiting], [null, 1, []]);
    }
  }));
