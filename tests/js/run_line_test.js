// A run's line: what a press asks for, how far a training is, when the page's script must hear.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Agreement,
  goalOf,
  shareDone,
  untilText,
} from "../../moeviz/ui/components/run_line/run_line_goal.js";

test("a press goes on from where the run stands, with checkpoints on the way", () => {
  const start = { label: "", steps: 200, keep_every: 20, most: 20_000 };
  assert.equal(untilText(goalOf(0, start), start), "step:200:20");
  assert.equal(untilText(goalOf(137, start), start), "step:337:20");
});

test("a press asks for no more than a run can do", () => {
  assert.equal(goalOf(900, { steps: 200, most: 1000 }), 1000);
});

test("the way is measured back from its goal", () => {
  assert.equal(shareDone(200, 400, 200), 0);
  assert.equal(shareDone(250, 400, 200), 0.25);
  assert.equal(shareDone(400, 400, 200), 1);
  assert.equal(shareDone(10, 50, 50), 0.2);
});

test("a run that stands outside its way is at one of its ends", () => {
  assert.equal(shareDone(100, 400, 200), 0);
  assert.equal(shareDone(500, 400, 200), 1);
});

test("without a goal there is no way", () => {
  assert.equal(shareDone(9, 0, 200), null);
  assert.equal(shareDone(9, 300, 0), null);
});

const rests = { run: "r", trains: false };
const trains = { run: "r", trains: true };

test("the script hears once that a run begins, until the page is drawn for it", () => {
  const agreement = new Agreement();
  assert.equal(agreement.broken(rests, rests), false);
  assert.equal(agreement.broken(rests, trains), true);
  assert.equal(agreement.broken(rests, trains), false);
  assert.equal(agreement.broken(trains, trains), false);
});

test("it hears of the end although it has not drawn the beginning yet", () => {
  const agreement = new Agreement();
  assert.equal(agreement.broken(rests, trains), true);
  assert.equal(agreement.broken(rests, rests), false);
  assert.equal(agreement.broken(trains, rests), true); // drawn for the beginning, too late
});

test("a page that is drawn for the same again and again is not drawn for ever", () => {
  const agreement = new Agreement();
  assert.equal(agreement.broken(rests, trains), true);
  for (let i = 0; i < 9; i += 1) assert.equal(agreement.broken(rests, trains), false);
});

test("what is known of another run says nothing of the one that is drawn", () => {
  const agreement = new Agreement();
  assert.equal(agreement.broken(rests, { run: "other", trains: true }), false);
  assert.equal(agreement.broken(rests, trains), true);
  assert.equal(agreement.broken({ run: "other", trains: false }, trains), false);
  assert.equal(agreement.broken(rests, trains), true);
});
