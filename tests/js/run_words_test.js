// How a run stands, in one line.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  channelWords,
  ended,
  statusLine,
  trains,
} from "../../moeviz/ui/components/live_run/words.js";

/** @param {string} state @param {number} step @param {Record<string, any>} more */
const standing = (state, step, more = {}) => /** @type {any} */ ({
  ...{ state, step, reason: "", notice: "", rate: 0, models: 2, arms: [{}, {}] },
  ...more,
});
/** @param {string} state @param {number} step @param {Record<string, any>} [more] */
const line = (state, step, more) => statusLine(standing(state, step, more));

test("no rate is named before there is one", () => {
  assert.equal(line("running", 1), "Training · step 1");
  assert.ok(line("running", 9, { rate: 1200 }).endsWith("1,200 tokens/s"));
  assert.ok(!line("paused", 9, { rate: 1200 }).includes("tokens/s"));
});

test("a failed run says where and why", () => {
  assert.equal(
    line("failed", 1, { reason: "failed at step 2: the loss is nan" }),
    "Stopped for good: failed at step 2: the loss is nan · step 1",
  );
});

test("a step that the reason names is named once", () => {
  const paused = (/** @type {number} */ step, /** @type {string} */ reason) =>
    line("paused", step, { reason });
  assert.equal(paused(28, "reached step 28"), "Paused: reached step 28");
  assert.equal(
    line("finished", 9, { reason: "reached step 9, the most" }),
    "Finished: reached step 9, the most",
  );
  assert.ok(paused(9, "loss 5.4 at step 9: arm A").endsWith("9: arm A"));
  assert.ok(paused(28, "reached step 2").endsWith(" · step 28"));
  assert.ok(paused(128, "reached step 28").endsWith(" · step 128"));
});

test("what befell the worker is in the line, also before the first step", () => {
  assert.ok(line("running", 9, { notice: "the worker was restarted" }).endsWith("was restarted"));
  assert.equal(
    line("paused", 0, { notice: "it cannot be saved" }),
    "Not started · it cannot be saved",
  );
  assert.equal(line("paused", 0), "Not started");
  assert.equal(statusLine(null), "Connecting");
});

test("who shares the machine is told while the run trains", () => {
  assert.ok(line("running", 9, { models: 6 }).endsWith("6 models share this machine"));
  assert.ok(!line("running", 9).includes("share"));
  assert.ok(!line("paused", 9, { models: 6 }).includes("share"));
});

test("a run trains, rests or has ended", () => {
  const states = ["starting", "running", "recovering", "paused", "finished", "failed"];
  const of = (/** @type {(state: any) => boolean} */ is) =>
    states.filter((s) => is(standing(s, 1)));
  assert.deepEqual(of(trains), ["starting", "running", "recovering"]);
  assert.deepEqual(of(ended), ["finished", "failed"]);
  assert.equal(trains(null) || ended(null), false);
});

test("a channel that is lost or outdated says so", () => {
  assert.equal(channelWords("open"), "");
  assert.equal(channelWords("connecting"), "");
  assert.match(channelWords("lost"), /Trying again/);
  assert.match(channelWords("outdated"), /Reload/);
});
