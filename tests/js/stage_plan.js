// A plan of the routing stage that is small enough to follow by hand.

/** @import { Plan } from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js" */

/**
 * Four tokens, three experts, two experts each, two slots an expert. First preferences go first.
 *
 *     token  chosen  what happens
 *     a      0, 1    slot 1 of expert 0; expert 1 has filled up by then: dropped
 *     b      0, 1    slot 2 of expert 0; dropped at expert 1
 *     c      0, 2    expert 0 is full: sent on to expert 1, slot 1; slot 1 of expert 2
 *     d      1, 0    slot 2 of expert 1; dropped at expert 0
 *
 * @param {Partial<Plan>} changes
 * @returns {Plan}
 */
export const planOf = (changes = {}) => ({
  rev: "0-a",
  step: 1200,
  tokens: ["a", "b", "c", "d"],
  sequence: [0, 0, 0, 0],
  n_experts: 3,
  top_k: 2,
  capacity: 2,
  colours: ["#000000", "#0072B2", "#F0E442"],
  logits: [[2, 1, -1], [1.5, 1.2, 0], [0.4, 0.1, 0.2], [0, 3, 1]],
  scores: [[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.4, 0.25, 0.35], [0.2, 0.7, 0.1]],
  score_name: "probability",
  ranked: null,
  chosen: [[0, 1], [0, 1], [0, 2], [1, 0]],
  sent: [[0, 1], [0, 1], [1, 2], [1, 0]],
  gates: [[0.6, 0.3], [0.5, 0.4], [0.25, 0.35], [0.7, 0.2]],
  place: [[0, 2], [1, 3], [0, 0], [1, 2]],
  kept: [[true, false], [true, false], [true, true], [true, false]],
  out_norm: [1, 0.5, 0, 2],
  residual_norm: [2, 1, 0, 4],
  scenes: Array.from({ length: 8 }, (_, i) => ({
    title: `Scene ${i}`,
    formula: "",
    shapes: "",
    sentence: `Sentence ${i}.`,
  })),
  changed: null,
  ...changes,
});

/** Without drops, detours and capacity: everybody gets what they chose. */
export const droplessPlan = () =>
  planOf({
    capacity: null,
    sent: [[0, 1], [0, 1], [0, 2], [1, 0]],
    place: [[0, 1], [1, 2], [2, 0], [0, 3]],
    kept: Array.from({ length: 4 }, () => [true, true]),
  });
