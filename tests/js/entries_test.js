// Which answer of the server a number field shows: to its last entry, and to none before it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Entries } from "../../moeviz/ui/components/number_field/entries.js";

/** @param {number} seq @param {string} [session] */
const answer = (seq, session = "first") => ({ session, seq });

/** Entries of a field that the server has drawn, and knows none of. */
function drawn() {
  const entries = new Entries();
  assert.equal(entries.hear(answer(0)), "answer");
  return entries;
}

test("entries are numbered one after the other", () => {
  const entries = drawn();
  assert.deepEqual(entries.enter("4"), { text: "4", seq: 1 });
  assert.deepEqual(entries.enter("5"), { text: "5", seq: 2 });
});

test("until the last entry is known everything is an echo", () => {
  const entries = drawn();
  for (const text of ["3", "4", "5"]) entries.enter(text);
  assert.deepEqual([0, 1, 2, 2].map((seq) => entries.hear(answer(seq))), Array(4).fill("echo"));
  assert.equal(entries.hear(answer(3)), "answer");
});

test("an entry of a field that knows no session yet waits for its own answer", () => {
  const entries = new Entries();
  entries.enter("4");
  assert.equal(entries.hear(answer(0)), "echo");
  assert.equal(entries.hear(answer(1)), "answer");
});

test("what comes after the answer is news", () => {
  const entries = drawn();
  entries.enter("4");
  assert.equal(entries.hear(answer(1)), "answer");
  assert.equal(entries.hear(answer(1)), "answer");
});

test("an entry after an answer waits for its own", () => {
  const entries = drawn();
  entries.enter("4");
  entries.hear(answer(1));
  assert.equal(entries.enter("5").seq, 2);
  assert.equal(entries.hear(answer(1)), "echo");
});

test("a field that is made anew goes on where its session stands", () => {
  const entries = new Entries();
  assert.equal(entries.hear(answer(7)), "answer");
  assert.deepEqual(entries.enter("4"), { text: "4", seq: 8 });
  assert.equal(entries.hear(answer(7)), "echo");
  assert.equal(entries.hear(answer(8)), "answer");
});

// A new session gets the values of all fields with its first run, the last entry and its number among
// them: the same number again would be no change, and nobody would hear of it.
test("a new session is sent the last entry again, once, by a number that was never used", () => {
  for (const texts of [["4"], ["3", "4"]]) {
    const entries = drawn();
    for (const text of texts) entries.enter(text);
    const again = texts.length + 1;
    assert.deepEqual(entries.hear(answer(0, "second")), { text: "4", seq: again });
    assert.equal(entries.hear(answer(0, "second")), "echo");
    assert.equal(entries.hear(answer(again, "second")), "answer");
  }
});

test("a session that ends before the entry is answered twice hands it on each time", () => {
  const entries = drawn();
  entries.enter("4");
  assert.deepEqual(entries.hear(answer(0, "second")), { text: "4", seq: 2 });
  assert.deepEqual(entries.hear(answer(5, "third")), { text: "4", seq: 6 });
  assert.equal(entries.hear(answer(6, "third")), "answer");
});

test("a new session is sent nothing that the old one has answered", () => {
  const entries = drawn();
  entries.enter("4");
  entries.hear(answer(1));
  assert.equal(entries.hear(answer(0, "second")), "answer");
  assert.equal(entries.enter("5").seq, 2);
  assert.equal(entries.hear(answer(0, "second")), "echo");
  assert.equal(entries.hear(answer(2, "second")), "answer");
});
