// Links to terms of the glossary: found in a text, and known by their address.

import assert from "node:assert/strict";
import { test } from "node:test";

import { partsOf, plainOf, termOf } from "../../moeviz/ui/components/shared/term.js";

test("a text is cut at its links to terms and at no others", () => {
  assert.deepEqual(
    partsOf("All [experts](glossary?term=expert), [CF](glossary?term=capacity-factor)"),
    [
      "All ",
      { id: "expert", shown: "experts" },
      ", ",
      { id: "capacity-factor", shown: "CF" },
    ],
  );
  const other = "[a](https://x/glossary?term=b) f[i](k)";
  assert.deepEqual(partsOf(other), [other]);
  assert.deepEqual(partsOf(""), []);
});

test("an address leads to a term on the page Glossary alone", () => {
  assert.equal(termOf("http://host/base/glossary?term=top-k"), "top-k");
  assert.equal(termOf("http://host/glossary"), "");
  assert.equal(termOf("http://host/lab?term=top-k"), "");
});

test("a reader reads the words of a link, not its address", () => {
  assert.equal(plainOf("k [experts](glossary?term=expert), [x](y)"), "k experts, [x](y)");
});
