// Back to a checkpoint: which there are, and what the presses say.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildGoBack } from "../../moeviz/ui/components/live_run/go_back.js";
import { FakeControl, fakePage, onPage } from "./fake_page.js";

/** @param {number} step @param {number[]} checkpoints @param {boolean} [trains] */
const at = (step, checkpoints, trains = false) => ({ step, checkpoints, trains });

/** The box, opened at this state. @param {any} state */
function opened(state) {
  const page = fakePage();
  const control = new FakeControl();
  control.state = state;
  /** @type {any[]} */
  const outcomes = [];
  /** @type {string[]} */
  const news = [];
  const goBack = buildGoBack(/** @type {any} */ (control), {
    onOutcome: (outcome) => outcomes.push(outcome),
    onNews: (words) => news.push(words),
  });
  const node = onPage(page, goBack);
  const box = node.one("box");
  box.showPopover();
  box.fire("beforetoggle", { newState: "open" });
  const [steps] = node.tagged("select");
  const [none] = node.tagged("p");
  /** @param {any} next */
  const hears = (next) => {
    control.state = next;
    goBack.update();
  };
  const choices = () => steps.options.map(({ textContent }) => textContent);
  return {
    ...{ control, box, steps, none, choices, hears, outcomes, news, opener: node.one("opener") },
    ...{ rewind: node.one("rewind"), fork: node.one("fork") },
  };
}

test("the checkpoints before the present step are there to choose, the latest first", () => {
  const { choices, none, steps } = opened(at(1200, [0, 600, 1200]));
  assert.deepEqual(choices(), ["step 600", "step 0"]);
  assert.deepEqual([steps.value, none.hidden], ["600", true]);
});

test("without an earlier checkpoint nothing can be pressed, and the box says why", () => {
  for (const state of [null, at(0, []), at(600, [600])]) {
    const { rewind, fork, none } = opened(state);
    assert.deepEqual([rewind.disabled, fork.disabled, none.hidden], [true, true, false]);
    assert.equal(none.textContent, "No earlier checkpoint yet.");
  }
});

test("a chosen checkpoint stays chosen while others come, and not when it goes", () => {
  const { steps, hears, choices } = opened(at(700, [0, 300, 600]));
  steps.value = "300";
  hears(at(950, [0, 300, 600, 900]));
  assert.deepEqual([choices()[0], steps.value], ["step 900", "300"]);
  hears(at(1300, [900, 1200]));
  assert.equal(steps.value, "1200");
});

for (const act of /** @type {const} */ (["rewind", "fork"])) {
  test(`${act} names the chosen step, and closes the box once it is done`, async () => {
    const { control, steps, box, outcomes, news, ...buttons } = opened(at(700, [0, 300, 600]));
    steps.value = "300";
    buttons[act].click();
    assert.deepEqual(control.said, [[act, { step: 300 }]]);
    assert.equal(buttons[act].getAttribute("aria-busy"), "true");
    await control.pressed[0].answer({ ok: false, why: "No." });
    assert.deepEqual([buttons[act].getAttribute("aria-busy"), box.matches()], ["false", true]);
    buttons[act].click();
    await control.pressed[1].answer({ ok: true });
    assert.deepEqual([outcomes.map(({ ok }) => ok), box.matches()], [[false, true], false]);
    const said = /^This is a new run, forked at step 300 from the run that is paused at step 700\./;
    assert.equal(news.length, act === "fork" ? 1 : 0);
    for (const words of news) assert.match(words, said);
  });
}

test("without the right to control the box cannot be opened, and an open one presses nothing", () => {
  const { control, hears, opener, rewind, fork, steps } = opened(at(700, [0, 300]));
  control.ready = false;
  hears(at(701, [0, 300]));
  const disabled = [opener, rewind, fork, steps].map((each) => each.disabled);
  assert.deepEqual(disabled, [true, true, true, true]);
});
