// A number of a page whose server is gone: nothing can be entered, and what was typed stays.

import assert from "node:assert/strict";
import { test } from "node:test";

import { heedGone, sayAlone } from "../../moeviz/ui/components/live_run/one_message.js";
import { numberInput } from "../../moeviz/ui/components/shared/knob_input.js";
import table from "../fixtures/knob_texts.json" with { type: "json" };
import { fakePage, onPage } from "./fake_page.js";

const GONE = "The connection to the server is gone.";

/** A field on a page of its own, told 8. */
function fieldOf() {
  const page = fakePage();
  /** @type {string[]} */
  const sent = [];
  const field = numberInput(/** @type {any} */ (table.knobs[0]), {
    onCommit: (text) => sent.push(text),
  });
  const node = onPage(page, field);
  field.show({ value: "8" });
  const [input] = node.tagged("input");
  const [ask, ...steps] = node.tagged("button");
  return { field, node, input, ask, steps, sent };
}

test("a field that is barred takes no entry, says why, and can be used again", () => {
  const { field, node, input, steps, sent } = fieldOf();
  const [less, more] = steps;
  field.bar(GONE);
  assert.deepEqual([input.disabled, less.disabled, more.disabled], [true, true, true]);
  assert.equal(input.title, GONE);
  assert.ok(node.one("visually-hidden").textContent.startsWith(GONE), "for who hears the page");
  more.fire("click");
  input.fire("keydown", { key: "ArrowUp" });
  field.show({ value: "9" }); // an answer that was under way
  assert.deepEqual([input.value, input.disabled, sent], ["9", true, []]);
  field.bar("");
  assert.deepEqual([input.disabled, more.disabled, input.title], [false, false, ""]);
  assert.ok(!node.one("visually-hidden").textContent.includes(GONE));
  more.click();
  assert.deepEqual(sent, ["10"]);
});

test("what was typed when the server went is kept, and sent by its reader alone", () => {
  const { field, input, sent } = fieldOf();
  input.value = "12";
  input.fire("input");
  field.bar(GONE);
  input.fire("blur");
  assert.deepEqual([input.value, sent], ["12", []]);
  field.bar("");
  input.fire("keydown", { key: "Enter" });
  assert.deepEqual(sent, ["12"]);
});

test("a field that the page itself has disabled stays so", () => {
  const { field, input } = fieldOf();
  field.show({ value: "8", disabled: true });
  field.bar(GONE);
  field.bar("");
  assert.equal(input.disabled, true);
});

test("who heeds hears at once, of each change once, and no more after that", () => {
  const root = { toggleAttribute: () => {} };
  class MutationObserver {
    observe() {}
    disconnect() {}
  }
  const document = { documentElement: root, body: {}, querySelectorAll: () => [] };
  Object.assign(globalThis, { document, MutationObserver });
  /** @type {boolean[]} */
  const heard = [];
  const leave = heedGone((gone) => heard.push(gone));
  sayAlone(true);
  sayAlone(true); // by another component of the page
  /** @type {boolean[]} */
  const late = [];
  heedGone((gone) => late.push(gone));
  sayAlone(false);
  leave();
  sayAlone(true);
  assert.deepEqual([heard, late], [[false, true, false], [true, false, true]]);
  sayAlone(false);
});
