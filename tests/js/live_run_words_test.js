// How a run stands, in a line.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  channelWords,
  ended,
  statusLine,
  trains,
} from "../../moeviz/ui/components/live_run/words.js";

/** @param {Record<string, any>} more */
function stateOf(more) {
  const state = { step: 0, state: "paused", reason: "", notice: "", rate: 0, models: 2 };
  return /** @type {any} */ ({ ...state, arms: [{}, {}], ...more });
}

/** @param {Record<string, any>} more */
const line = (more) => statusLine(stateOf(more));

test("a prepared run is not started", () => {
  assert.equal(line({}), "Not started");
  assert.equal(line({ state: "starting" }), "Getting ready · step 0");
});

test("while it trains a run says step and speed", () => {
  assert.equal(
    line({ state: "running", step: 1012, rate: 2468 }),
    "Training · step 1,012 · 2,468 tokens/s",
  );
});

test("no rate is named before there is one, or once there is none any more", () => {
  assert.equal(line({ state: "running", step: 1 }), "Training · step 1");
  assert.equal(line({ state: "paused", step: 9, rate: 500 }), "Paused · step 9");
});

test("a step that the reason names is named once", () => {
  const paused = { state: "paused", step: 28 };
  assert.equal(line({ ...paused, reason: "reached step 28" }), "Paused: reached step 28");
  assert.equal(line({ ...paused, reason: "reached step 2" }), "Paused: reached step 2 · step 28");
  assert.equal(
    line({ ...paused, step: 128, reason: "reached step 28" }),
    "Paused: reached step 28 · step 128",
  );
  assert.equal(
    line({ state: "finished", step: 9, reason: "reached step 9, the most" }),
    "Finished: reached step 9, the most",
  );
});

test("a failed run says why and where", () => {
  assert.equal(
    line({ state: "failed", step: 1, reason: "failed at step 2: the loss is nan" }),
    "Stopped for good: failed at step 2: the loss is nan · step 1",
  );
});

test("what befell the worker is in the line, also before a run has begun", () => {
  const notice = "the worker was restarted";
  assert.equal(line({ state: "recovering", step: 9, notice }), `Recovering · step 9 · ${notice}`);
  assert.equal(line({ notice }), `Not started · ${notice}`);
});

test("who else trains on the machine is told while the run trains", () => {
  assert.equal(
    line({ state: "running", step: 9, models: 6 }),
    "Training · step 9 · 6 models share this machine",
  );
  assert.equal(line({ state: "paused", step: 9, models: 6 }), "Paused · step 9");
});

test("a run can be let train unless it has ended", () => {
  const standing = ["starting", "running", "recovering", "paused", "finished", "failed"];
  const those = (/** @type {(state: any) => boolean} */ which) =>
    standing.filter((state) => which(stateOf({ state })));
  assert.deepEqual(those(trains), ["starting", "running", "recovering"]);
  assert.deepEqual(those(ended), ["finished", "failed"]);
  assert.deepEqual([trains(null), ended(null)], [false, false]);
});

test("a lost channel says so in words, an open one nothing", () => {
  assert.match(channelWords("lost"), /connection to the server is gone/);
  assert.match(channelWords("outdated"), /Reload this page/);
  assert.deepEqual([channelWords("open"), channelWords("connecting")], ["", ""]);
});
