// The address follows what is pressed and keeps what it does not know.

import assert from "node:assert/strict";
import { test } from "node:test";

import addressBar from "../../moeviz/ui/components/address_bar/address_bar.js";
import {
  addressed,
  setParameters,
  withParameters,
} from "../../moeviz/ui/components/channel/address.js";

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

/** A tab at an address; returns where it is, and how often a new entry was made. @param {string} search */
function tabAt(search, pathname = "/base/lab") {
  const at = { pathname, search, hash: "#how" };
  const history = {
    state: null,
    /** @param {any} _ @param {string} __ @param {string} path */
    replaceState: (_, __, path) =>
      Object.assign(at, { search: path.slice(pathname.length).replace("#how", "") }),
  };
  Object.assign(globalThis, { history });
  Object.defineProperty(globalThis, "location", { value: at, configurable: true });
  return at;
}

let asked = 0;
/** @param {Record<string, string>} parameters */
const complete = (parameters, path = "/base/lab", number = `n${asked++}`) =>
  addressBar(/** @type {any} */ ({ data: { number, path, was: {}, parameters } }));

/** @param {Record<string, string[]>} was @param {Record<string, string>} parameters */
const correct = (was, parameters) =>
  addressBar(
    /** @type {any} */ ({
      data: { number: `n${asked++}`, path: "/base/lab", was, parameters },
    }),
  );

test("an address that a page is opened with is corrected in place", () => {
  const usual = tabAt("?experts=8&embed=true");
  correct({ experts: ["8"] }, {});
  assert.equal(usual.search, "?embed=true");
  const twice = tabAt("?k=1&x=2&k=3");
  correct({ k: ["1", "3"], x: ["2"] }, { k: "4" });
  assert.equal(twice.search, "?k=4");
});

test("what was set since an address was asked stays, and another address is left alone", () => {
  const pressed = tabAt("?experts=8&x=1");
  setParameters({ k: "2" });
  setParameters({ experts: "9" });
  correct({ experts: ["8"], x: ["1"] }, {});
  assert.equal(pressed.search, "?experts=9&k=2");
  const usual = tabAt("?experts=8");
  setParameters({ experts: null });
  correct({ experts: ["8"] }, {});
  assert.equal(usual.search, "");
  const linked = tabAt("?preset=rescue");
  correct({ experts: ["8"] }, { k: "2" });
  assert.equal(linked.search, "?preset=rescue");
});

test("a bare address is completed in place", () => {
  for (const search of ["", "?embed=true&embed_options=dark_theme"]) {
    const at = tabAt(search);
    complete({ run: "r", k: "2" });
    assert.equal(at.search, `${search}${search ? "&" : "?"}run=r&k=2`);
  }
});

test("an address is completed once for each time that it is asked for", () => {
  const at = tabAt("");
  complete({ run: "r" }, "/base/lab", "one");
  at.search = "";
  complete({ run: "r" }, "/base/lab", "one"); // the component is called again for a change of theme
  assert.equal(at.search, "");
});

test("what a live component has set meanwhile stays, and the rest is added", () => {
  const at = tabAt("");
  setParameters({ k: "4" });
  complete({ run: "r", k: "2" });
  assert.equal(at.search, "?k=4&run=r");
});

test("an address that says something of its own is left as it is, and so is another page's", () => {
  const linked = tabAt("?preset=rescue");
  complete({ run: "r" });
  assert.equal(linked.search, "?preset=rescue");
  const left = tabAt("", "/base/flops");
  complete({ run: "r" });
  assert.equal(left.search, "");
  const start = tabAt("", "/base/");
  complete({ run: "r" }, "/base");
  assert.equal(start.search, "?run=r");
});
