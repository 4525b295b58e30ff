// How long each scene is read and moves: together a whole play, whatever the text. Knows nothing of
// what moves.

import { plainOf } from "../shared/term.js";
import { ARRIVE, DISPATCH, SCORE, SELECT, WEIGH } from "./routing_stage_facts.js";

/** @import { Facts } from "./routing_stage_facts.js" */

const STEPS_MS = { travel: 2200, onward: 1000, fall: 1000 };

/**
 * How long a scene moves, in ms at normal speed.
 * @param {number} scene
 * @param {Facts} facts
 */
export function durationOf(scene, facts) {
  /** @type {Record<number, number>} */
  const still = { [ARRIVE]: 1300, [SCORE]: 2900, [SELECT]: 1600, [WEIGH]: 1600 };
  if (scene === DISPATCH) return total(dispatchSteps(facts));
  return still[scene] ?? 1700;
}

/** A play from the first scene to the end of the last, at normal speed. */
export const WHOLE_MS = 25_000;

/**
 * How long a scene is read before it moves, in ms at normal speed: its sentence's part of what the
 * motion and the rests leave of a whole play.
 * @param {number} scene
 * @param {Facts} facts
 * @param {number} restMs  after each scene
 */
export function readingOf(scene, facts, restMs) {
  const letters = facts.plan.scenes.map(({ sentence }) => plainOf(sentence).length);
  const moved = letters.reduce((ms, _, each) => ms + durationOf(each, facts) + restMs, 0);
  const all = letters.reduce((sum, each) => sum + each, 0);
  return ((WHOLE_MS - moved) * letters[scene]) / Math.max(1, all);
}

/** @param {Facts} facts */
export function dispatchSteps(facts) {
  return {
    travel: STEPS_MS.travel,
    onward: facts.detours ? STEPS_MS.onward : 0,
    fall: facts.drops ? STEPS_MS.fall : 0,
  };
}

/** @param {ReturnType<typeof dispatchSteps>} steps */
export const total = ({ travel, onward, fall }) => travel + onward + fall;
