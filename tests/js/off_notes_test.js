// What is said where load balancing was switched off on a model that has trained.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  buildOffNote,
  buildOffNotes,
  stayed,
} from "../../moeviz/ui/components/live_run/off_notes.js";
import { FakeControl, fakePage, onPage } from "./fake_page.js";

const WORDS = {
  since: "Model {{name}}: off since {{step}}.",
  why: "Because.",
  measured: "On some seeds.",
  again: "Again without it",
  keeps: "Model {{name}} starts anew.",
  from: 100,
};

/** @param {number | null} since @param {string} [verdict] @returns {any} */
const arm = (since, verdict = "uneven", name = "A") => ({
  name,
  off_since: since,
  words: { verdict },
});

test("it is said of a model that has trained with it for long, and has not collapsed", () => {
  assert.equal(stayed(arm(300), 100), true);
  assert.equal(stayed(arm(99), 100), false, "too early: it may still collapse");
  assert.equal(stayed(arm(300, "collapsed"), 100), false, "it has");
  assert.equal(stayed(arm(null), 100), false, "it never had any, or has it");
});

test("the note names model and step, and its press starts a new run that trains", async () => {
  const page = fakePage();
  const control = new FakeControl();
  /** @type {any[]} */
  const outcomes = [];
  const note = buildOffNote(/** @type {any} */ (control), "A", {
    words: WORDS,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const node = onPage(page, note);
  assert.equal(node.hidden, true);
  note.show(arm(1200));
  assert.equal(node.hidden, false);
  assert.match(node.textContent, /Model A: off since 1,200\..*Model A starts anew\./);
  node.tagged("button")[0].fire("click");
  assert.deepEqual(control.said, [["renew", { knobs: {} }]]);
  await control.pressed[0].answer({ ok: true });
  assert.deepEqual(control.said.at(-1), ["start", undefined]);
  await control.pressed[1].answer({ ok: true });
  assert.deepEqual(outcomes, [{ ok: true }]);
  note.show(arm(null));
  assert.equal(node.hidden, true);
});

test("a refused press starts nothing and says why", async () => {
  const page = fakePage();
  const control = new FakeControl();
  /** @type {any[]} */
  const outcomes = [];
  const options = { words: WORDS, onOutcome: (/** @type {any} */ each) => outcomes.push(each) };
  const note = buildOffNote(/** @type {any} */ (control), "A", options);
  const node = onPage(page, note);
  note.show(arm(300));
  node.tagged("button")[0].fire("click");
  await control.pressed[0].answer({ ok: false, why: "No." });
  assert.deepEqual([control.said.length, outcomes], [1, [{ ok: false, why: "No." }]]);
});

test("each model has its own note, and one that is gone has none", () => {
  const page = fakePage();
  const control = new FakeControl();
  const notes = buildOffNotes(/** @type {any} */ (control), { words: WORDS, onOutcome() {} });
  const node = onPage(page, notes);
  notes.show([arm(300), arm(null, "balanced", "B")]);
  assert.deepEqual(node.tagged("aside").map((/** @type {any} */ each) => each.hidden), [
    false,
    true,
  ]);
  notes.show([arm(null, "balanced", "B")]);
  assert.equal(node.tagged("aside").length, 1);
});
