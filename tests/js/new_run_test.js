// The button that starts a new run reports the limit that the address says, when it is pressed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { limitOf } from "../../moeviz/ui/components/new_run/new_run.js";
import { fakeAddress } from "./fake_page.js";

test("the limit is that of the address as it is now; without one it is the usual", () => {
  const until = { url: "until", default: "never" };
  const at = fakeAddress("?seed=5&until=step%3A70");
  assert.equal(limitOf(until), "step:70");
  at.search = "?seed=5";
  assert.equal(limitOf(until), "never");
});
