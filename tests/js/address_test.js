// The address follows what is pressed and keeps what it does not know.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressed, withParameters } from "../../moeviz/ui/components/channel/address.js";

test("parameters are set in place, added at the end, and left out where there is no text", () => {
  assert.equal(withParameters("?a=1&b=2", { a: "3" }), "?a=3&b=2");
  assert.equal(withParameters("?a=1", { k: "2", run: "x" }), "?a=1&k=2&run=x");
  assert.equal(withParameters("?a=1&b=2", { a: null }), "?b=2");
  assert.equal(withParameters("", { a: null }), "");
});

test("an address that loses its last parameter says that all is as usual", () => {
  assert.equal(withParameters("?a=1", { a: null, none: null }), "?preset=none");
  assert.equal(withParameters("?preset=none", { a: null }), "?preset=none");
});

test("beside another parameter it does not say so", () => {
  assert.equal(withParameters("?preset=none", { a: "2" }), "?a=2");
  assert.equal(withParameters("?preset=none&a=2", { run: "x" }), "?a=2&run=x");
  assert.equal(withParameters("?preset=rescue", { a: "2" }), "?preset=rescue&a=2");
});

test("any text comes back as it was", () => {
  for (const text of ["", "0.5", "a b", "a+b", "50 %", "?&=#/", "α → β", "💡"]) {
    const query = withParameters("?kept=%C3%A9", { knob: text });
    const read = new URLSearchParams(query);
    assert.deepEqual([read.get("knob"), read.get("kept")], [text, "é"]);
    assert.equal(withParameters(query, { knob: text }), query, "the second time changes nothing");
  }
});

test("a parameter that stands twice stands once when it is set", () => {
  assert.equal(withParameters("?a=1&b=2&a=3", { a: "4" }), "?a=4&b=2");
});

test("what the address means anyway is left out of it", () => {
  const until = { url: "until", default: "step:600" };
  assert.deepEqual(addressed(until, "step:600"), { until: null });
  assert.deepEqual(addressed(until, "never"), { until: "never" });
});
