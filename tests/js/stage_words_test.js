// What the routing stage says of tokens, cells and its own picture.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  COMBINE,
  COMPUTE,
  DISPATCH,
  factsOf,
  RESIDUAL,
  SCORE,
  SELECT,
  WEIGH,
} from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js";
import { frameOf } from "../../moeviz/ui/components/routing_stage/routing_stage_layout.js";
import { makePose } from "../../moeviz/ui/components/routing_stage/routing_stage_motion.js";
import {
  cellWords,
  expertName,
  shareWords,
  TABLE_HEADER,
  tableRows,
  tokenName,
  tokenWords,
} from "../../moeviz/ui/components/routing_stage/routing_stage_token.js";
import {
  captionFor,
  momentWords,
  pictureWords,
  readoutFor,
} from "../../moeviz/ui/components/routing_stage/routing_stage_words.js";
import { droplessPlan, planOf } from "./stage_plan.js";

/** @import { Plan } from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js" */

/** @type {any} */
const HEAT = { range: [-1, 3], most: 0.7 };

/** @type {(plan: Plan, scene: number, progress?: number) => string} */
function captionOf(plan, scene, progress = 1) {
  const facts = factsOf(plan);
  return captionFor({ facts, heat: HEAT, pose: { ...makePose(facts), scene, progress } });
}

/**
 * @param {Plan} plan
 * @param {Partial<{token: number, expert: number, pointed: number, pointedExpert: number}>} picks
 * @param {number} scene
 * @param {number} width
 */
function readout(plan, picks = {}, scene = COMPUTE, width = 800) {
  const facts = factsOf(plan);
  /** @type {any} */
  const player = { scene };
  return readoutFor({
    facts,
    player,
    frame: frameOf(facts, width),
    pose: { ...makePose(facts), scene },
    picks: { token: null, expert: null, pointed: null, pointedExpert: null, ...picks },
  });
}

/** @type {Plan["changed"]} */
const CHANGED = { moved: [[2, 0]], dropped: [[0, 1]], kept: [], new: [[3, 1]], gone: [[3, 2]] };

test("a button is named by its token, the token's position and what pressing it does", () => {
  const facts = factsOf(planOf({ tokens: [" ", "b", "c", "d"] }));
  assert.equal(tokenName(facts, 0, false), "Token “ ”, position 0. Press to inspect.");
  assert.equal(
    tokenName(facts, 1, true),
    "Token “b”, position 1: expert 0, expert 1 (dropped). Press to inspect.",
  );
});

test("an expert's button says its assignments, and how many of them are dropped", () => {
  const facts = factsOf(planOf());
  assert.equal(
    expertName(facts, 0),
    "Expert 0: 3 assignments, 1 of them dropped. Press to inspect.",
  );
  assert.equal(expertName(facts, 2), "Expert 2: 1 assignment. Press to inspect.");
});

test("before the selection a chip says its token alone", () => {
  assert.equal(tokenWords(factsOf(planOf()), 0, false), "Token “a”, position 0");
});

test("after it a chip says its experts, and which of them had no slot", () => {
  const facts = factsOf(planOf());
  assert.equal(tokenWords(facts, 2, true), "Token “c”, position 2: expert 1, expert 2");
  assert.equal(tokenWords(facts, 1, true), "Token “b”, position 1: expert 0, expert 1 (dropped)");
});

test("a chip says what changed, a drop that is news once", () => {
  const facts = factsOf(planOf({ changed: CHANGED }));
  assert.equal(
    tokenWords(facts, 0, true),
    "Token “a”, position 0: expert 0, expert 1 (newly dropped)",
  );
  assert.equal(tokenWords(facts, 2, true), "Token “c”, position 2: expert 1 (moved), expert 2");
  assert.equal(
    tokenWords(facts, 3, true),
    "Token “d”, position 3: expert 1, expert 0 (dropped, newly chosen), expert 2 (no longer chosen)",
  );
});

test("a cell says its scores, and its assignment", () => {
  const facts = factsOf(planOf());
  assert.equal(
    cellWords(facts, 2, 1),
    "“c” at expert 1: logit 0.100, probability 0.250. Preference 0, gate weight 0.250, capacity slot 1 of 2",
  );
  assert.equal(
    cellWords(facts, 0, 1),
    "“a” at expert 1: logit 1, probability 0.300. Preference 1, gate weight 0.300, dropped because no capacity slot is left",
  );
  assert.equal(cellWords(facts, 0, 2), "“a” at expert 2: logit -1, probability 0.100");
});

test("where other numbers than the scores were ranked, a cell says them", () => {
  const ranked = [[0.65, null, 0.1], [0, 0, 0], [0, 0, 0], [0, 0, 0]];
  const facts = factsOf(planOf({ ranked, score_name: "score" }));
  assert.match(cellWords(facts, 0, 0), /score 0\.600, ranked by 0\.650/);
  assert.match(cellWords(facts, 0, 1), /score 0\.300, not allowed/);
});

test("without a capacity there is a position in the queue", () => {
  assert.match(cellWords(factsOf(droplessPlan()), 0, 0), /, queue position 1$/);
});

test("what a token adds is a share of its length", () => {
  assert.equal(shareWords(factsOf(planOf()), 0), "“a”: |y| is 50\u202f% of |x|");
  const kept = [[false, false], [true, false], [true, true], [true, false]];
  assert.equal(shareWords(factsOf(planOf({ kept })), 0), "“a”: dropped, nothing is added");
});

test("the table has a row a token, and says where an assignment was sent on", () => {
  const rows = tableRows(factsOf(planOf()));
  assert.deepEqual(rows[0], ["0", "a", "0, 1", "0.600, 0.300", "1, 3", "yes, no", "0.500"]);
  assert.deepEqual(rows[2], ["2", "c", "0 → 1, 2", "0.250, 0.350", "1, 1", "yes, yes", "0.000"]);
  for (const row of rows) assert.equal(row.length, TABLE_HEADER.length);
});

test("the caption of the scores turns with the picture from logits to probabilities", () => {
  assert.equal(captionOf(planOf(), SCORE, 0.3), "Logits from -1 (faint) to 3 (strong).");
  assert.equal(
    captionOf(planOf(), SCORE, 0.8),
    "Probabilities from 0 (faint) to 0.7 (strong).",
  );
  assert.match(captionOf(planOf({ score_name: "score" }), SCORE, 0.8), /^Scores from/);
});

test("a caption explains only what the picture has", () => {
  assert.equal(captionOf(planOf(), SELECT), "Coloured: chosen.");
  assert.match(captionOf(planOf({ changed: CHANGED }), SELECT), /Ringed: .* Dashed: /);
  assert.match(
    captionOf(planOf(), DISPATCH),
    /^Full experts re-route tokens\. Crossed out: dropped\.$/,
  );
  assert.equal(captionOf(droplessPlan(), DISPATCH), "");
  assert.match(captionOf(planOf(), WEIGH), /Preference 0 is at the bottom/);
  assert.match(captionOf(planOf(), COMBINE), /Crossed out/);
  assert.doesNotMatch(captionOf(droplessPlan(), COMBINE), /Crossed out/);
  assert.doesNotMatch(captionOf(planOf(), RESIDUAL), /Ring/);
});

test("the moment says the step, and that a newer one waits", () => {
  const facts = factsOf(planOf());
  assert.equal(momentWords({ facts, moment: "live", waiting: null }), "live · step 1,200");
  assert.equal(momentWords({ facts, moment: "", waiting: null }), "step 1,200");
  assert.match(
    momentWords({ facts, moment: "live", waiting: planOf() }),
    /^step 1,200 · the next step/,
  );
});

test("a model that was not trained is said to be", () => {
  const facts = factsOf(planOf({ step: 0 }));
  assert.equal(momentWords({ facts, moment: "", waiting: null }), "step 0, untrained");
});

test("the readout is of what the pointer is on before anything else", () => {
  const plan = planOf({ changed: CHANGED });
  assert.match(readout(plan, { token: 1, pointed: 2, pointedExpert: 1 }), /^“c” at expert 1/);
  assert.equal(readout(plan, { token: 1, pointedExpert: 2 }), "Expert 2: 1 assignment");
});

test("then it is of what another setting did, then of what is picked", () => {
  assert.match(
    readout(planOf({ changed: CHANGED }), { token: 1 }),
    /^Assignments changed by the new setting/,
  );
  assert.match(readout(planOf(), { token: 1 }), /^Token “b”, position 1/);
  assert.equal(readout(planOf(), { expert: 0 }), "Expert 0: 3 assignments, 1 of them dropped");
  assert.match(readout(planOf(), { token: 0 }, RESIDUAL), /of \|x\|$/);
});

test("with nothing to tell it says what can be done, and on a phone what fingers can", () => {
  assert.match(readout(planOf()), /^Press Space to play/);
  assert.match(readout(planOf(), {}, COMPUTE, 390), /^Tap /);
});

test("what another setting did is counted, with the signs that the picture wears", () => {
  assert.equal(
    readout(planOf({ changed: CHANGED, trained_since: 20 })),
    "Assignments changed by the new setting (20 steps ago), ringed: ◆ newly chosen: 1, " +
      "↷ moved: 1, × newly dropped: 1, no longer chosen: 1.",
  );
});

test("a setting that changed nothing is said to have changed nothing", () => {
  const changed = { moved: [], dropped: [], kept: [], new: [], gone: [] };
  assert.match(readout(planOf({ changed })), /^The new setting changed no assignment\.$/);
});

test("the whole picture is said in one line", () => {
  const plan = planOf();
  plan.scenes[3].sentence = "[g](glossary?term=gate-weight)_i multiplies the output.";
  assert.equal(
    pictureWords(factsOf(plan), 3),
    "4 tokens and 3 experts. Scene 3: g i multiplies the output.",
  );
});
