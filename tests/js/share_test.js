// Links to the run that a page shows, also when a press led it to another one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RunControl } from "../../moeviz/ui/components/live_run/run_control.js";
import { linksOf } from "../../moeviz/ui/components/live_run/share.js";

const RUN = { view: "charts", experiment: "", address: null };

/** A channel that answers each press with these.
 * @param {any[]} answers @returns {any} */
const channelOf = (...answers) => ({
  status: "open",
  onStatus: () => () => {},
  watch: () => () => {},
  press: () => Promise.resolve(answers.shift()),
});

test("the control link has the token of the page, the watch link none", () => {
  const run = { id: "run-1", token: "a.b-c_d", control: true };
  assert.deepEqual(linksOf(run), { watch: "?run=run-1", control: "?control=a.b-c_d" });
});

test("a page that may only watch gives no right on, and its token in no link", () => {
  const run = { id: "run-1", token: "to-watch", control: false };
  assert.deepEqual(linksOf(run), { watch: "?run=run-1", control: "" });
});

test("there is no link to no run", () => {
  assert.deepEqual(linksOf(null), { watch: "", control: "" });
});

for (const act of ["fork", "renew"]) {
  test(`after a ${act} the links are those of the new run, before any script says so`, async () => {
    const answer = { ok: true, run: "new", token: "to-new" };
    const control = new RunControl(channelOf(answer));
    control.take({ ...RUN, id: "old", token: "to-old", control: true });
    await control.press(act);
    assert.deepEqual(linksOf(control.run), { watch: "?run=new", control: "?control=to-new" });
    control.take({ ...RUN, id: "old", token: "to-old", control: true }); // the page has not heard yet
    assert.deepEqual(linksOf(control.run), { watch: "?run=new", control: "?control=to-new" });
  });
}

test("a refused press leaves the links as they were", async () => {
  const control = new RunControl(channelOf({ ok: false, why: "no" }));
  control.take({ ...RUN, id: "old", token: "to-old", control: true });
  await control.press("fork");
  assert.deepEqual(linksOf(control.run), { watch: "?run=old", control: "?control=to-old" });
});
