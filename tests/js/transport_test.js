// Start, Pause, one step, back: what the buttons say before the run does, and which keys press them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildTransport } from "../../moeviz/ui/components/live_run/transport.js";
import { FakeControl, fakePage, onPage } from "./fake_page.js";

const NO = { ok: false, why: "No." };

/** @param {string} state @param {number} step @param {boolean} [trains] */
const at = (state, step, trains = ["starting", "running", "recovering"].includes(state)) => ({
  state,
  step,
  trains,
});

/** The buttons of a run, on a page of their own. @param {any} state @param {{stepping?: boolean, until?: string}} [options] */
function buttons(state, { stepping = true, until = "" } = {}) {
  const page = fakePage();
  const control = new FakeControl();
  control.state = state;
  /** @type {any[]} */
  const outcomes = [];
  const built = buildTransport(/** @type {any} */ (control), {
    stepping,
    until: () => until,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const node = onPage(page, built);
  const main = node.one("main");
  const label = () => main.children[0].textContent;
  /** @param {any} next */
  const hears = (next) => {
    control.state = next;
    built.update();
  };
  return { page, control, built, node, main, label, back: node.one("back"), hears, outcomes };
}

test("the button says what a press does", () => {
  const { label, hears } = buttons(null);
  assert.equal(label(), "Start");
  for (
    const [state, step, wanted] of /** @type {const} */ ([
      ["paused", 0, "Start"],
      ["starting", 0, "Pause"],
      ["running", 0, "Pause"],
      ["running", 7, "Pause"],
      ["recovering", 7, "Pause"],
      ["paused", 7, "Resume"],
      ["finished", 7, "Resume"],
    ])
  ) {
    hears(at(state, step));
    assert.equal(label(), wanted, `${state} at ${step}`);
  }
});

test("a run that is to pause when its steps are repeated can be told to go on", () => {
  const { control, main, label } = buttons(at("recovering", 0, false));
  assert.deepEqual([label(), main.disabled], ["Resume", false]);
  main.click();
  assert.equal(control.said[0][0], "start");
});

test("Start is shown as done at once, and says until when to train", async () => {
  const { control, main, label, hears, outcomes } = buttons(at("paused", 0), { until: "step:300" });
  main.click();
  assert.deepEqual(control.said, [["start", { until: "step:300" }]]);
  assert.deepEqual([label(), main.getAttribute("aria-busy")], ["Pause", "true"]);
  hears(at("paused", 0)); // a record from before the press
  assert.equal(label(), "Pause");
  await control.pressed[0].answer({ ok: true });
  assert.deepEqual([label(), main.getAttribute("aria-busy")], ["Pause", "false"]);
  assert.deepEqual(outcomes, [{ ok: true }]);
});

test("Pause is shown as done at once", () => {
  const { control, main, label } = buttons(at("running", 7));
  main.click();
  assert.equal(label(), "Resume");
  assert.equal(control.said[0][0], "pause");
});

test("after the answer a record from before the press changes nothing, the next one does", async () => {
  const { control, main, label, hears } = buttons(at("paused", 3));
  main.click();
  hears(at("paused", 3));
  await control.pressed[0].answer({ ok: true });
  assert.equal(label(), "Pause");
  hears(at("paused", 3)); // made before the press, sent after the answer
  assert.equal(label(), "Pause");
  main.click();
  assert.deepEqual(control.said.map(([act]) => act), ["start", "pause"]);
  hears(at("paused", 3));
  await control.pressed[1].answer({ ok: true });
  hears(at("running", 4)); // somebody else's press
  hears(at("running", 5));
  assert.equal(label(), "Pause");
});

test("a record that agrees ends the wish at once", async () => {
  const { control, main, label, hears } = buttons(at("running", 3));
  main.click();
  await control.pressed[0].answer({ ok: true });
  hears(at("paused", 4));
  hears(at("running", 4)); // somebody else's press
  assert.equal(label(), "Pause");
});

test("a refused press goes back, and is handed on with its words", async () => {
  const { control, main, label, outcomes } = buttons(at("running", 7));
  main.click();
  assert.equal(label(), "Resume");
  await control.pressed[0].answer(NO);
  assert.equal(label(), "Pause");
  assert.deepEqual(outcomes, [NO]);
});

test("a press while one waits is the other way round, and the first answer says nothing of it", async () => {
  const { control, main, label, hears } = buttons(at("paused", 0));
  main.click();
  main.click();
  assert.deepEqual(control.said.map(([act]) => act), ["start", "pause"]);
  assert.equal(label(), "Start");
  hears(at("running", 0)); // another tab's press
  await control.pressed[0].answer(NO);
  assert.deepEqual([label(), main.getAttribute("aria-busy")], ["Start", "true"]);
  await control.pressed[1].answer({ ok: true });
  assert.deepEqual([label(), main.getAttribute("aria-busy")], ["Start", "false"]);
});

test("a button is busy until all of its presses are answered, and no other one is", async () => {
  const { control, node, main } = buttons(at("paused", 3));
  const one = node.one("step");
  one.click();
  one.click();
  assert.deepEqual(control.said.map(([act]) => act), ["step", "step"]);
  await control.pressed[1].answer({ ok: true });
  assert.equal(one.getAttribute("aria-busy"), "true");
  assert.equal(main.getAttribute("aria-busy"), null);
  await control.pressed[0].answer({ ok: true });
  assert.equal(one.getAttribute("aria-busy"), "false");
});

test("back to step 0 can be pressed where there is a way back", () => {
  const { control, back, main, hears } = buttons(null);
  assert.equal(back.disabled, true);
  hears(at("paused", 0));
  assert.equal(back.disabled, true);
  hears(at("paused", 7));
  assert.equal(back.disabled, false);
  back.click();
  assert.equal(control.said[0][0], "reset");
  hears(at("paused", 0));
  main.click();
  assert.equal(back.disabled, false, "the press of Start can be undone");
});

test("a run that has ended goes no step on, but goes back", () => {
  for (const state of ["finished", "failed"]) {
    const { node, main, back } = buttons(at(state, 7));
    assert.deepEqual([main.disabled, node.one("step").disabled, back.disabled], [
      true,
      true,
      false,
    ]);
  }
});

test("without the right to control, or a channel, nothing can be pressed", () => {
  const { control, node, main, back, hears } = buttons(at("running", 7));
  control.ready = false;
  hears(at("running", 8));
  assert.deepEqual([main, node.one("step"), back].map(({ disabled }) => disabled), [
    true,
    true,
    true,
  ]);
});

test("Space starts, and an arrow to the right makes one step, from anywhere on the page", () => {
  const { page, control } = buttons(at("paused", 0));
  const space = page.body.fire("keydown", { key: " " });
  const arrow = page.body.fire("keydown", { key: "ArrowRight" });
  assert.deepEqual(control.said.map(([act]) => act), ["start", "step"]);
  assert.deepEqual([space.defaultPrevented, arrow.defaultPrevented], [true, true]);
});

test("a key that is held starts once, does not scroll, and steps on", () => {
  const { page, control } = buttons(at("paused", 0));
  const held = [false, true, true].map((repeat) => page.body.fire("keydown", { key: " ", repeat }));
  for (const repeat of [false, true]) page.body.fire("keydown", { key: "ArrowRight", repeat });
  assert.deepEqual(control.said.map(([act]) => act), ["start", "step", "step"]);
  assert.ok(held.every(({ defaultPrevented }) => defaultPrevented));
});

test("a key presses nothing while the buttons are not shown", () => {
  const { page, control, node } = buttons(at("paused", 0));
  Object.assign(node, { checkVisibility: () => false });
  assert.equal(page.body.fire("keydown", { key: " " }).defaultPrevented, false);
  assert.equal(control.said.length, 0);
  Object.assign(node, { checkVisibility: () => true });
  page.body.fire("keydown", { key: " " });
  assert.deepEqual(control.said.map(([act]) => act), ["start"]);
});

test("keys that mean something else press nothing", () => {
  const { page, control } = buttons(at("paused", 0));
  const heading = page.createElement("h2");
  page.body.append(heading);
  for (const tag of ["input", "textarea", "select", "button", "summary", "a"]) {
    const field = page.createElement(tag);
    const inside = page.createElement("span");
    field.append(inside);
    page.body.append(field);
    assert.equal(field.fire("keydown", { key: " " }).defaultPrevented, false, tag);
    inside.fire("keydown", { key: "ArrowRight" });
  }
  const written = page.createElement("div");
  written.setAttribute("contenteditable", "");
  page.body.append(written);
  written.fire("keydown", { key: " " });
  for (const held of ["ctrlKey", "metaKey", "altKey"]) {
    heading.fire("keydown", { key: " ", [held]: true });
  }
  for (const key of ["Enter", "ArrowLeft", "s"]) heading.fire("keydown", { key });
  assert.deepEqual(control.said, []);
  heading.fire("keydown", { key: " " });
  assert.equal(control.said.length, 1);
});

test("a key that a chart has taken already presses nothing", () => {
  const { page, control } = buttons(at("paused", 3));
  const chart = page.createElement("canvas");
  page.body.append(chart);
  chart.addEventListener("keydown", (event) => event.preventDefault());
  chart.fire("keydown", { key: "ArrowRight" });
  assert.deepEqual(control.said, []);
});

test("a button that is disabled leaves its key to the page", () => {
  const { page, control } = buttons(at("finished", 7));
  assert.equal(page.body.fire("keydown", { key: " " }).defaultPrevented, false);
  assert.deepEqual(control.said, []);
});

test("without a button for one step the arrow is left to the page", () => {
  const { page, control, node } = buttons(at("paused", 0), { stepping: false });
  assert.deepEqual(node.all("step"), []);
  assert.equal(page.body.fire("keydown", { key: "ArrowRight" }).defaultPrevented, false);
  assert.deepEqual(control.said, []);
});

test("buttons that were taken off the page, or ended, hear no key", () => {
  const off = buttons(at("paused", 0));
  off.node.remove();
  off.page.body.fire("keydown", { key: " " });
  assert.deepEqual(off.control.said, []);
  const ended = buttons(at("paused", 0));
  ended.built.end();
  ended.page.body.fire("keydown", { key: " " });
  assert.deepEqual(ended.control.said, []);
});

test("an arrow makes a step also after one of the buttons was pressed", () => {
  const { control, main, node } = buttons(at("paused", 3));
  for (const from of [main, node.one("step"), node.one("back")]) {
    from.fire("keydown", { key: "ArrowRight" });
  }
  assert.deepEqual(control.said.map(([act]) => act), ["step", "step", "step"]);
  main.fire("keydown", { key: " " }); // its own click follows
  assert.equal(control.said.length, 3);
});

test("Enter that is held on the button presses it once", () => {
  const { main } = buttons(at("paused", 3));
  const held = [false, true, true].map((repeat) => main.fire("keydown", { key: "Enter", repeat }));
  assert.deepEqual(held.map(({ defaultPrevented }) => defaultPrevented), [false, true, true]);
});

test("a run that goes back to step 0 is started by the next press, however soon", async () => {
  const { control, main, back, label, hears } = buttons(at("running", 40));
  back.click();
  main.click();
  assert.deepEqual(control.said.map(([act]) => act), ["reset", "start"]);
  await control.pressed[0].answer({ ok: true });
  assert.equal(label(), "Pause");
  hears(at("running", 0));
  await control.pressed[1].answer({ ok: true });
  assert.equal(label(), "Pause");
});

test("a refused way back leaves the run as it was", async () => {
  const { control, back, label } = buttons(at("running", 40));
  back.click();
  assert.equal(label(), "Resume");
  await control.pressed[0].answer(NO);
  assert.equal(label(), "Pause");
});
