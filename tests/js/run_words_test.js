// How a run stands, in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { statusLine } from "../../moeviz/ui/components/live_run/words.js";

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
  assert.equal(statusLine(stateOf(failed)), "Stopped for good: failed at step 0: bad luck");
});

test("a run whose steps are repeated says what goes on, what comes then, and how far it is", () => {
  const reason = "the worker stopped; steps up to 214 are repeated, then the run pauses";
  assert.equal(
    statusLine(stateOf({ state: "recovering", step: 0, reason })),
    `Recovering: ${reason} · step 0`,
  );
});

test("how many models share the machine is said of a run that trains", () => {
  const training = { state: "running", step: 7, trains: true, rate: 1234, models: 3 };
  assert.equal(
    statusLine(stateOf(training)),
    "Training · step 7 · 1,234 tokens/s · 3 models share this machine",
  );
  assert.equal(statusLine(stateOf({ step: 7, models: 3 })), "Paused · step 7");
});
