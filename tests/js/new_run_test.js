// The button that starts a new run reports the limit that the page's field says, when it is pressed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { limitOf } from "../../moeviz/ui/components/new_run/new_run.js";
import { fakeAddress } from "./fake_page.js";

const UNTIL = { url: "until", default: "never" };

test("the limit is the field's, whatever the page's script has written into the address", () => {
  fakeAddress("?seed=5&until=step%3A300");
  let chosen = "step:7";
  const control = { limit: () => chosen };
  assert.equal(limitOf(control, UNTIL), "step:7");
  chosen = "never";
  assert.equal(limitOf(control, UNTIL), "never");
});

test("before there is a field it is that of the address as it is now, or the usual one", () => {
  const at = fakeAddress("?seed=5&until=step%3A70");
  assert.equal(limitOf({ limit: null }, UNTIL), "step:70");
  at.search = "?seed=5";
  assert.equal(limitOf({ limit: null }, UNTIL), "never");
});
