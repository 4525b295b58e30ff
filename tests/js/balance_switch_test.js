// A switch shows each press at once, and goes back where it is refused.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildBalanceSwitch } from "../../moeviz/ui/components/live_run/balance_switch.js";
import { FakeControl, fakePage, onPage } from "./fake_page.js";

const page = fakePage();
const NO = { ok: false, why: "No." };

/** @param {string} a A's method in force @param {string} [b] */
const methods = (a, b = "none") => ({
  arms: [{ name: "A", knobs: { balancer: a } }, { name: "B", knobs: { balancer: b } }],
});

/** A's switch, with what it has heard of its presses. @param {any} state @param {string} [arm] */
function switched(state, arm = "A") {
  const control = new FakeControl();
  control.state = state;
  /** @type {any[]} */
  const outcomes = [];
  const built = buildBalanceSwitch(/** @type {any} */ (control), arm, {
    on: "switch",
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const node = onPage(page, built);
  const shows = () => [node.getAttribute("aria-checked"), node.getAttribute("aria-busy")];
  /** @param {any} next */
  const hears = (next) => {
    control.state = next;
    built.update();
  };
  return { control, node, shows, hears, outcomes };
}

test("it shows its own model's method, and names its model", () => {
  const { node, shows, hears } = switched(methods("none", "switch"));
  assert.deepEqual(shows(), ["false", "false"]);
  assert.equal(node.getAttribute("role"), "switch");
  assert.equal(node.textContent, "Load balancing");
  assert.equal(node.getAttribute("aria-label"), "Load balancing, model A");
  hears(methods("switch"));
  assert.deepEqual(shows(), ["true", "false"]);
  assert.deepEqual(switched(methods("none", "switch"), "B").shows(), ["true", "false"]);
});

test("a press shows at once, busy until it is answered and the record has it", async () => {
  const { control, node, shows, hears, outcomes } = switched(methods("none"));
  node.click();
  assert.deepEqual(shows(), ["true", "true"]);
  assert.deepEqual(control.said, [["set", { knobs: { balancer: "switch" }, arms: ["A"] }]]);
  hears(methods("none")); // a record from before the press
  assert.deepEqual(shows(), ["true", "true"]);
  control.state = methods("switch");
  await control.pressed[0].answer({ ok: true, step: 9 });
  assert.deepEqual(shows(), ["true", "false"]);
  assert.deepEqual(outcomes, [{ ok: true, step: 9 }]);
});

test("a refused press goes back, and is handed on with its words", async () => {
  const { control, node, shows, outcomes } = switched(methods("switch"));
  node.click();
  assert.deepEqual(shows(), ["false", "true"]);
  await control.pressed[0].answer(NO);
  assert.deepEqual(shows(), ["true", "false"]);
  assert.deepEqual(outcomes, [NO]);
});

test("each of several presses turns what is shown, not what is in force", () => {
  const { control, node, shows } = switched(methods("none"));
  const seen = [1, 2, 3].map(() => {
    node.click();
    return shows()[0];
  });
  assert.deepEqual(seen, ["true", "false", "true"]);
  assert.deepEqual(control.said.map(([, { knobs }]) => knobs.balancer), [
    "switch",
    "none",
    "switch",
  ]);
});

test("an answer ends its own press, whichever comes first", async () => {
  const { control, node, shows } = switched(methods("none"));
  node.click();
  node.click();
  await control.pressed[1].answer(NO);
  assert.deepEqual(shows(), ["true", "true"], "the first press still waits");
  control.state = methods("switch");
  await control.pressed[0].answer({ ok: true });
  assert.deepEqual(shows(), ["true", "false"]);
  node.click();
  node.click();
  await control.pressed[2].answer({ ok: true });
  assert.deepEqual(shows(), ["true", "true"], "the second press still waits");
});

test("on again is the method that it was switched off from", async () => {
  const { control, node, hears } = switched(methods("bias"));
  node.click();
  hears(methods("none"));
  await control.pressed[0].answer({ ok: true });
  node.click();
  assert.equal(control.said[1][1].knobs.balancer, "bias");
});

test("without a state or a right it is disabled, and a press of it is none", () => {
  const { control, node, hears } = switched(null);
  assert.equal(node.disabled, true);
  hears(methods("none"));
  assert.equal(node.disabled, false);
  control.ready = false;
  hears(methods("none"));
  assert.equal(node.disabled, true);
  node.fire("click"); // a script's, or a screen reader's
  assert.deepEqual(control.said, []);
});
