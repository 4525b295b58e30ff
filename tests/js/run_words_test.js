// How a run stands, in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  lostKnobs,
  noStepWords,
  restartWords,
  statusLine,
  watchWords,
} from "../../moeviz/ui/components/live_run/words.js";

/** @param {Record<string, any>} told */
const stateOf = (told) => /** @type {any} */ ({
  ...{ state: "paused", step: 0, begun: true, trains: false, reason: "", notice: "" },
  ...{ rate: 0, models: 0, arms: [{}] },
  ...told,
});

test("whether a run has begun is read off the record, not off its step or state", () => {
  assert.equal(statusLine(stateOf({ begun: false })), "Not started");
  assert.equal(statusLine(stateOf({ begun: false, state: "starting" })), "Not started");
  assert.equal(statusLine(stateOf({})), "Paused · step 0");
  const full = "this run cannot be saved";
  assert.equal(statusLine(stateOf({ begun: false, notice: full })), `Not started · ${full}`);
});

test("a run that is still on a step after Pause is not called paused", () => {
  assert.equal(statusLine(stateOf({ state: "pausing", step: 7 })), "Pausing · step 7");
});

test("a run that fails before it has begun says why", () => {
  const failed = { state: "failed", begun: false, reason: "failed at step 0: bad luck" };
  assert.equal(statusLine(stateOf(failed)), "Failed: failed at step 0: bad luck");
});

test("a run whose steps are repeated says what goes on, what comes then, and how far it is", () => {
  const reason = "the worker stopped; a new one repeats the steps up to 214, then the run pauses";
  assert.equal(
    statusLine(stateOf({ state: "recovering", step: 0, reason })),
    `Recovering: ${reason} · step 0`,
  );
});

test("a picture without a step says whether it waits for Start or for steps to be repeated", () => {
  const said = (/** @type {any} */ told) => noStepWords(stateOf(told), "Press Start");
  assert.equal(said({ begun: false }), "Press Start");
  assert.equal(said({ state: "running" }), "No step yet");
  assert.equal(said({ state: "recovering" }), "Repeating steps after a restart");
});

test("how many models share the machine is said of a run that trains", () => {
  const training = { state: "running", step: 7, trains: true, rate: 1234, models: 3 };
  assert.equal(
    statusLine(stateOf(training)),
    "Training · step 7 · 1,234 tokens/s · 3 models share this machine",
  );
  assert.equal(statusLine(stateOf({ step: 7, models: 3 })), "Paused · step 7");
});

/** @param {string} k @param {[number, string][]} marks @param {Record<string, any>} [more] */
const turned = (k, marks, more = {}) =>
  stateOf({
    step: 214,
    marks,
    arms: [{ name: "A", starts: { top_k: k, balancer: "none" } }],
    ...more,
  });

test("knobs that a restart of the server has lost are named, with their steps", () => {
  /** @type {[number, string][]} */
  const [kept, lost] = [[50, "α = 0.5"], [1210, "A: k = 2"]];
  const before = turned("2", [kept, lost], { step: 1214 });
  const after = turned("1", [kept], { step: 1200 });
  assert.equal(
    restartWords(before, after),
    "The server restarted. The run continues from step 1,200: steps after that, up to 1,214, were " +
      "not saved. Press Resume to continue. These changes were not saved: A: k = 2 from step 1,210. " +
      "Set them again.",
  );
  const atRest = restartWords(turned("2", [kept, [215, "A: k = 2"]]), turned("1", [kept]));
  assert.equal(
    atRest,
    "The server restarted. These changes were not saved: A: k = 2 from step 215. Set them again.",
  );
});

test("a change that came back, or that the run makes by itself, is not said to be lost", () => {
  const [before, after] = [turned("2", [[210, "A: k = 2"]]), turned("2", [], { step: 200 })];
  assert.equal(lostKnobs(before, after), "");
  assert.doesNotMatch(restartWords(before, after), /Set them again/);
});

test("a change that no record has marked yet is said to be lost too, and many are counted", () => {
  const words = "Your last knob changes were not saved. Set them again.";
  assert.equal(lostKnobs(turned("2", []), turned("1", [])), words);
  /** @type {[number, string][]} */
  const many = [1, 2, 3, 4, 5, 6].map((step) => [step, `k = ${step}`]);
  assert.equal(
    lostKnobs(turned("6", many), turned("1", [])),
    "These changes were not saved: 2 earlier changes; k = 3 from step 3; k = 4 from step 4; " +
      "k = 5 from step 5; k = 6 from step 6. Set them again.",
  );
});

test("a page that may only watch says why in the words of its data", () => {
  const run = { control: false, watch_only: "You can only watch." };
  assert.equal(watchWords(run), "You can only watch.");
  assert.equal(watchWords({ ...run, control: true }), "");
  assert.equal(watchWords(null), "");
});
