// What a tab makes of records. The records, and the states that they must lead to, are those that
// `python -m tests.run_states` made of a run on a real engine.

import assert from "node:assert/strict";
import { test } from "node:test";

import { applied, centres, loadShare } from "../../moeviz/ui/components/channel/run_state.js";
import kept from "./fixtures/records.json" with { type: "json" };

/** @import { RunState } from "../../moeviz/ui/components/channel/run_state.js" */

/** @type {any[]} */
const records = kept.records;
/** @type {Record<string, any>} */
const expected = kept.states;

/** The state after each record. */
function states() {
  /** @type {(RunState | null)[]} */
  const all = [null];
  for (const record of records) all.push(applied(all.at(-1) ?? null, record));
  return all.slice(1);
}

/** @param {number} index */
function stateAfter(index) {
  const state = states().at(index);
  assert.ok(state);
  return state;
}

test("an engine's records lead to the states that Python makes of them", () => {
  const made = states();
  assert.ok(Object.keys(expected).length >= 3);
  for (const [index, state] of Object.entries(expected)) {
    assert.deepEqual(made[Number(index)], state, `after record ${index}`);
  }
  assert.ok(made.every((state) => state !== null));
});

test("a record changes nothing of the state before it", () => {
  const [first, second] = [stateAfter(5), JSON.stringify(stateAfter(5))];
  applied(first, records[6]);
  assert.equal(JSON.stringify(first), second);
});

test("a record is applied to the state that it builds on, and to no other", () => {
  const before = stateAfter(5);
  assert.notEqual(applied(before, records[6]), null);
  assert.equal(applied(null, records[6]), null);
  assert.equal(applied({ ...before, step: before.step - 1 }, records[6]), null);
  assert.equal(applied({ ...before, revision: 9 }, records[6]), null);
  assert.equal(applied(before, records[5]), null, "not twice");
});

test("a record that begins anew forgets what was before", () => {
  const rewound = records.findIndex(({ revision }) => revision === 1);
  const state = applied(stateAfter(rewound - 1), records[rewound]);
  assert.deepEqual(state, applied(null, records[rewound]));
});

test("what a record does not tell stays: marks, verdicts, knobs", () => {
  const verdicts = [{ claim: "A collapses", outcome: "kept", evidence: "" }];
  const before = { ...stateAfter(5), verdicts, marks: /** @type {any} */ ([[3, "α 0.5"]]) };
  const { marks: _, ...unmarked } = records[6];
  const after = applied(before, unmarked);
  assert.ok(after);
  assert.deepEqual([after.verdicts, after.marks], [verdicts, before.marks]);
  assert.deepEqual(after.arms[0].knobs, before.arms[0].knobs);
  assert.equal(applied(before, { ...unmarked, verdicts: [] })?.verdicts.length, 0);
});

test("lines have as many points as blocks, of every column and part", () => {
  for (const state of Object.values(expected)) {
    for (const { lines } of state.arms) {
      const blocks = Math.ceil(state.step / lines.stride);
      assert.ok(blocks <= 200);
      for (const values of Object.values(lines.columns)) {
        const parts = Array.isArray(values[0]) ? values : [values];
        for (const part of parts) assert.equal(part.length, blocks);
      }
    }
  }
});

test("a block's mean is drawn at the step in its middle", () => {
  assert.deepEqual(centres(1, 3), [1, 2, 3]);
  assert.deepEqual(centres(4, 3), [2.5, 6.5, 10.5]);
  assert.deepEqual(centres(8, 0), []);
});

test("a share of load is the square of its byte", () => {
  const arm = stateAfter(-1).arms[1]; // two layers of two experts, evenly loaded
  for (const [layer, expert] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
    assert.ok(Math.abs(loadShare(arm, layer, expert, 0) - 0.5) < 0.002);
  }
  assert.equal(loadShare(arm, 0, 0, 999), 0);
});
