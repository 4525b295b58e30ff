// What the tour says of a trace.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  figuresOf,
  filled,
  pictureWords,
  shown,
  tableOf,
} from "../../moeviz/ui/components/tour/tour_words.js";

/** @type {import("../../moeviz/ui/components/tour/tour.js").Trace} */
const TRACE = {
  step: 200,
  layer: 1,
  n_tokens: 3,
  tokens: ["2", " +", " "],
  vectors: [[1, 0], [0, 1], [1, 1]],
  scores: [[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5]],
  experts: [[1], [0], [2]],
  gate_weights: [[0.604], [0.5], [0.5]],
  next: [[[" =", 0.25], ["9", 0.2]], [["1", 0.5], ["2", 0.1]], [[" ", 0.4], ["b", 0.1]]],
};

test("a caption names the token that is followed, its expert and its gate weight", () => {
  const text = "“{{token}}” goes to expert {{expert}}, weight {{weight}}, of {{experts}}.";
  assert.equal(
    filled(text, figuresOf(TRACE, 0, 16, null)),
    "“2” goes to expert 1, weight 0.60, of 16.",
  );
  assert.equal(
    filled(text, figuresOf(TRACE, 1, 64, 2)),
    "“+” goes to expert 0, weight 0.50, of 64.",
  );
});

test("a figure that is not known is an error, not a gap", () => {
  assert.throws(() => filled("{{other}}", figuresOf(TRACE, 0, 16, null)), /no figure other/);
});

test("a token that is a blank is seen", () => {
  assert.deepEqual(TRACE.tokens.map(shown), ["2", "+", "␣"]);
});

test("the picture in words says way, experts and guess", () => {
  const words = pictureWords(TRACE, 0, true);
  for (const part of ["“2”", "3 experts", "expert 1 (gate weight 0.60)", "“ =” 25"]) {
    assert.ok(words.includes(part), part);
  }
});

test("a guess that is a blank is seen", () => {
  assert.ok(pictureWords(TRACE, 2, true).includes("“␣” 40"));
});

test("before the answer the words tell the scores, and not which expert is chosen", () => {
  const words = pictureWords(TRACE, 0, false);
  assert.ok(words.includes("A router scores 3 experts: 0: 0.10, 1: 0.60, 2: 0.30."));
  assert.ok(!words.includes("gate weight"));
});

test("the table has a row for each token, with the runner-up beside the chosen expert", () => {
  const { header, rows } = tableOf(TRACE);
  assert.ok(rows.every((row) => row.length === header.length));
  assert.deepEqual(rows.map((row) => row.slice(0, 5)), [
    ["2", "1", "0.60", "2", "0.30"],
    ["+", "0", "0.50", "2", "0.30"],
    ["␣", "2", "0.50", "1", "0.30"],
  ]);
});
