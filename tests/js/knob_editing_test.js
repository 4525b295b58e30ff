// What a number field shows and sends while its reader types and its commits wait for answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Editing, NOTHING_TOLD } from "../../moeviz/ui/components/shared/knob_editing.js";
import table from "../fixtures/knob_texts.json" with { type: "json" };

/** @typedef {import("../../moeviz/ui/components/shared/knob_numbers.js").NumberKnob} NumberKnob */
/** @typedef {import("../../moeviz/ui/components/shared/knob_editing.js").Told} Told */

const KNOBS = Object.fromEntries(table.knobs.map((knob) => [knob.name, knob]));
const EXPERTS_REFUSED = "Experts must be a whole number from 2 to 64, got";

/** @param {string} value @param {Partial<Told>} [more] @returns {Told} */
const told = (value, more = {}) => ({ ...NOTHING_TOLD, value, ...more });

/** A field of a knob that shows a value. @param {string} value @param {string} [name] */
function showing(value, name = "experts") {
  const editing = new Editing(/** @type {NumberKnob} */ (/** @type {any} */ (KNOBS[name])));
  editing.tell(told(value), false);
  return editing;
}

/** What its reader sees. @param {Editing} editing */
const seen = ({ text, pending, refusal }) => [text, pending, refusal];

/** @param {Editing} editing @param {string} text */
function enter(editing, text) {
  editing.type(text);
  return editing.commit();
}

test("a field shows the value told as a person writes it", () => {
  assert.equal(showing("8").text, "8");
  assert.equal(showing("0.0", "alpha").text, "0");
  assert.equal(showing("0.50", "alpha").text, "0.5");
  assert.equal(showing("none", "capacity").text, "");
  assert.equal(showing("", "experts").text, "", "no value yet");
});

test("what is entered is sent once, and shown as pending until it is answered", () => {
  const editing = showing("8");
  editing.type("16");
  assert.deepEqual(seen(editing), ["16", false, ""]);
  assert.equal(editing.commit(), "16");
  assert.deepEqual(seen(editing), ["16", true, ""]);
  assert.equal(editing.commit(), null, "leaving the field after Enter");
  assert.deepEqual(seen(editing), ["16", true, ""]);
  editing.tell(told("16"), true);
  assert.deepEqual(seen(editing), ["16", false, ""]);
});

test("what the other side still waits for is pending", () => {
  const editing = showing("8");
  editing.tell(told("9", { pending: true }), false);
  assert.deepEqual(seen(editing), ["9", true, ""]);
  editing.tell(told("9"), false);
  assert.deepEqual(seen(editing), ["9", false, ""]);
});

test("leaving a field that nothing was typed in sends nothing", () => {
  const editing = showing("8");
  assert.equal(editing.commit(), null);
  assert.deepEqual(seen(editing), ["8", false, ""]);
});

test("the value in force, written in another way, is not sent", () => {
  const editing = showing("0.01", "alpha");
  for (const text of ["0.01", " 1e-2", ".010"]) {
    assert.equal(enter(editing, text), null, text);
    assert.deepEqual(seen(editing), ["0.01", false, ""]);
  }
  assert.equal(enter(showing("none", "capacity"), "dropless"), null);
});

test("none is sent by its word and shown as nothing", () => {
  const editing = showing("1.25", "capacity");
  assert.equal(enter(editing, " "), "none");
  assert.deepEqual(seen(editing), ["", true, ""]);
  editing.tell(told("none"), true);
  assert.deepEqual(seen(editing), ["", false, ""]);
});

test("a text that is refused here is not sent, stays, and is refused until it is none", () => {
  const editing = showing("8");
  assert.equal(enter(editing, "1e3"), null);
  assert.deepEqual(seen(editing), ["1e3", false, `${EXPERTS_REFUSED} '1e3'`]);
  editing.type("1e");
  assert.equal(editing.refusal, `${EXPERTS_REFUSED} '1e3'`, "still no number");
  editing.type("10");
  assert.deepEqual(seen(editing), ["10", false, ""]);
  assert.equal(editing.commit(), "10");
});

test("while it is typed a text is not refused", () => {
  const editing = showing("8");
  for (const text of ["", "-", "-1"]) {
    editing.type(text);
    assert.equal(editing.refusal, "", text);
  }
});

test("Escape takes back what was typed, or refused here", () => {
  const editing = showing("8");
  editing.type("9");
  assert.equal(editing.takeBack(), true);
  assert.deepEqual(seen(editing), ["8", false, ""]);
  enter(editing, "two");
  assert.equal(editing.takeBack(), true);
  assert.deepEqual(seen(editing), ["8", false, ""]);
  assert.equal(editing.takeBack(), false, "there is no more");
});

test("what waits for its answer cannot be taken back", () => {
  const editing = showing("8");
  enter(editing, "9");
  assert.equal(editing.takeBack(), false);
  assert.deepEqual(seen(editing), ["9", true, ""]);
  editing.type("10");
  assert.equal(editing.takeBack(), true);
  assert.deepEqual(seen(editing), ["9", true, ""]);
});

test("a commit that the other side refuses gives way to the value in force, beside its words", () => {
  const editing = showing("8");
  enter(editing, "9");
  editing.tell(told("8", { refusal: "No." }), true);
  assert.deepEqual(seen(editing), ["8", false, "No."]);
  editing.tell(told("8", { refusal: "No." }), false);
  assert.deepEqual(seen(editing), ["8", false, "No."], "told again");
  assert.equal(editing.takeBack(), true);
  assert.deepEqual(seen(editing), ["8", false, ""]);
});

test("a commit is in the field as long as it is told back as pending, and not once refused", () => {
  const editing = showing("8");
  enter(editing, "9");
  editing.tell(told("9", { pending: true }), true);
  editing.tell(told("9", { pending: true }), true);
  assert.deepEqual(seen(editing), ["9", true, ""]);
  assert.equal(enter(editing, "9"), null);
  editing.takeBack();
  assert.deepEqual(seen(editing), ["9", true, ""]);
  editing.tell(told("8", { refusal: "No." }), true);
  assert.deepEqual(seen(editing), ["8", false, "No."]);
});

test("what was told as pending, and refused, has its words though nobody typed it there", () => {
  const editing = showing("8");
  editing.tell(told("9", { pending: true }), false);
  editing.tell(told("8", { refusal: "No." }), false);
  assert.deepEqual(seen(editing), ["8", false, "No."]);
});

test("a press elsewhere ends a text that was refused here, and the next press its words", () => {
  const editing = showing("8");
  enter(editing, "1e3");
  editing.settle();
  assert.deepEqual(seen(editing), ["8", false, `${EXPERTS_REFUSED} '1e3'`]);
  editing.tell(told("8"), false);
  assert.deepEqual(seen(editing), ["8", false, `${EXPERTS_REFUSED} '1e3'`], "news of the same");
  editing.settle();
  assert.deepEqual(seen(editing), ["8", false, ""]);
});

test("typing ends the words of a text that is gone", () => {
  const editing = showing("8");
  enter(editing, "1e3");
  editing.settle();
  editing.type("");
  assert.deepEqual(seen(editing), ["", false, ""]);
});

test("a press elsewhere leaves alone what is being typed, and what waits for its answer", () => {
  const editing = showing("8");
  editing.type("1");
  editing.settle();
  assert.deepEqual(seen(editing), ["1", false, ""]);
  enter(editing, "16");
  editing.settle();
  assert.deepEqual(seen(editing), ["16", true, ""]);
});

test("typing after a refusal of the other side hides its words, for they are of another text", () => {
  const editing = showing("8");
  enter(editing, "9");
  editing.tell(told("8", { refusal: "No." }), true);
  editing.type("7");
  assert.deepEqual(seen(editing), ["7", false, ""]);
  assert.equal(editing.commit(), "7");
  assert.deepEqual(seen(editing), ["7", true, ""]);
});

test("the value in force can be entered after a refusal, and nothing is sent", () => {
  const editing = showing("8");
  enter(editing, "9");
  editing.tell(told("8", { refusal: "No." }), true);
  assert.equal(enter(editing, "8"), null);
  assert.deepEqual(seen(editing), ["8", false, ""]);
});

test("a refused commit can be sent once more", () => {
  const editing = showing("8");
  enter(editing, "9");
  editing.tell(told("8", { refusal: "No." }), true);
  assert.equal(enter(editing, "9"), "9");
});

test("news without a refusal ends the refused commit", () => {
  const editing = showing("8");
  enter(editing, "9");
  editing.tell(told("8", { refusal: "No." }), true);
  editing.tell(told("8"), true);
  assert.deepEqual(seen(editing), ["8", false, ""]);
});

test("a refusal that is of no commit of this field is not shown at it", () => {
  const editing = showing("8");
  editing.tell(told("8", { refusal: "No." }), false);
  assert.deepEqual(seen(editing), ["8", false, ""]);
});

test("an answer does not overwrite what is being typed", () => {
  const editing = showing("8");
  enter(editing, "9");
  editing.type("1");
  editing.tell(told("9"), true);
  assert.deepEqual(seen(editing), ["1", false, ""]);
  editing.tell(told("20"), true);
  assert.deepEqual(seen(editing), ["1", false, ""]);
});

test("news of another value ends what was typed and left, news of the same does not", () => {
  const editing = showing("8");
  enter(editing, "nine");
  editing.tell(told("8"), false);
  assert.deepEqual(seen(editing), ["nine", false, `${EXPERTS_REFUSED} 'nine'`]);
  editing.tell(told("4"), false);
  assert.deepEqual(seen(editing), ["4", false, ""]);
});

test("the value that waits is not sent twice, another one is, and so is the way back", () => {
  const editing = showing("8");
  assert.equal(enter(editing, "9"), "9");
  assert.equal(enter(editing, "9"), null);
  assert.equal(enter(editing, "10"), "10");
  assert.deepEqual(seen(editing), ["10", true, ""]);
  assert.equal(enter(editing, "8"), "8", "the value in force is not what was asked for last");
  assert.deepEqual(seen(editing), ["8", true, ""]);
});

test("steps go on from what is shown, however late the answers are", () => {
  const editing = showing("8");
  assert.deepEqual([1, 2, 3].map(() => editing.step(1)), ["9", "10", "11"]);
  assert.deepEqual(seen(editing), ["11", true, ""]);
  editing.type("30");
  assert.equal(editing.step(-1), "29");
});

test("a step from a text that is no number goes on from the value in force", () => {
  const editing = showing("8");
  enter(editing, "many");
  assert.equal(editing.step(1), "9");
  assert.deepEqual(seen(editing), ["9", true, ""]);
});

test("there is no step beyond an end, nor without any value", () => {
  const editing = showing("64");
  assert.equal(editing.step(1), null);
  assert.deepEqual(seen(editing), ["64", false, ""]);
  const empty = showing("");
  assert.equal(empty.step(1), null);
  assert.deepEqual(seen(empty), ["", false, ""]);
});

test("a step past the highest value is none, and sent as such", () => {
  const editing = showing("8", "capacity");
  assert.equal(editing.step(1), "none");
  assert.deepEqual(seen(editing), ["", true, ""]);
  assert.equal(editing.step(1), "1");
});
