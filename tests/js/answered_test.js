// Which checks a browser has answered: kept by it alone, whatever stands in its storage.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  answered,
  idsIn,
  noteAnswered,
  whenAnswered,
} from "../../moeviz/ui/components/shared/answered.js";
import { standing } from "../../moeviz/ui/components/page_end/page_end.js";

const PAGES = [
  { address: "", title: "Start", checks: ["a", "b"] },
  { address: "lab", title: "Lab", checks: ["c"] },
];

test("what something else has written is no answer", () => {
  for (const text of [null, "", "{", "{}", "7", "null", '"a"']) assert.deepEqual(idsIn(text), []);
  assert.deepEqual(idsIn('["a", 7, null, "b"]'), ["a", "b"]);
});

/** @param {Record<string, unknown>} storage */
const keepIn = (storage) =>
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });

test("a right answer is kept, beside those of another tab, and said once", () => {
  /** @type {Record<string, string>} */
  const kept = { "moeviz.checks": '["other"]' };
  keepIn({
    getItem: (/** @type {string} */ key) => kept[key] ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ text) => void (kept[key] = text),
  });
  let heard = 0;
  const end = whenAnswered(() => heard++);
  noteAnswered("a");
  noteAnswered("a");
  end();
  noteAnswered("b");
  assert.equal(heard, 1);
  assert.deepEqual(JSON.parse(kept["moeviz.checks"]), ["other", "a", "b"]);
});

test("a browser that keeps nothing knows it until the tab goes", () => {
  const refuse = () => {
    throw new Error("SecurityError");
  };
  keepIn({ getItem: refuse, setItem: refuse });
  noteAnswered("c");
  assert.ok(answered().has("c"));
});

test("a page says how many of its checks are left, and how far the path is", () => {
  const said = (/** @type {string[]} */ ...known) => standing(PAGES, "", new Set(known));
  assert.equal(
    said(),
    "Answer 2 checks to finish this page. 0 of 2 pages are finished in this browser.",
  );
  assert.match(said("a", "c"), /^Answer one more check .* 1 of 2 pages/);
  assert.match(said("a", "b"), /^You have finished this page\. 1 of 2/);
});
