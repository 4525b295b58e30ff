// When a page is asked for a run's newer step: while it is seen, one at a time, not too often.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LOST_MS, Pace } from "../../moeviz/ui/components/follow_run/follow_run_pace.js";
import { withFakeClock } from "./fake_clock.js";

const EVERY_MS = 1500;

/**
 * A page that shows step 10 and is asked for newer ones.
 * @param {(page: {pace: Pace, asked: number[], pass: (ms: number) => void,
 *   shows: (step: number, answered?: number | null, everyMs?: number) => void}) => void} test
 */
function following(test) {
  withFakeClock((clock) => {
    /** @type {number[]} */
    const asked = [];
    const pace = new Pace((step) => asked.push(step), {
      now: () => performance.now(),
      later: setTimeout,
      cancel: clearTimeout,
    });
    const shows = (
      /** @type {number} */ step,
      /** @type {number | null} */ answered = null,
      everyMs = EVERY_MS,
    ) => pace.take({ shown: step, answered, every_ms: everyMs });
    shows(10);
    test({ pace, asked, shows, pass: (ms) => clock.pass(ms) });
  });
}

test("a run that has made no step is not asked for one", () =>
  following(({ pace, asked, pass }) => {
    pace.hear(10);
    pass(60_000);
    assert.deepEqual(asked, []);
  }));

test("a newer step is asked for when the time is over, and it is the newest then", () =>
  following(({ pace, asked, pass }) => {
    pace.hear(11);
    pass(EVERY_MS - 100);
    assert.deepEqual(asked, []);
    pace.hear(12);
    pass(100);
    assert.deepEqual(asked, [12]);
  }));

test("the next one waits until the last is answered, however long that takes", () =>
  following(({ pace, asked, pass, shows }) => {
    pace.hear(11);
    pass(EVERY_MS);
    pace.hear(20);
    pass(10 * EVERY_MS);
    assert.deepEqual(asked, [11]);
    shows(13, 11);
    assert.deepEqual(asked, [11, 20]); // the time is long over
  }));

test("a page drawn meanwhile for another reason is no answer, unless it shows that step", () =>
  following(({ pace, asked, pass, shows }) => {
    pace.hear(11);
    pass(EVERY_MS);
    pace.hear(20);
    shows(10);
    pass(EVERY_MS);
    assert.deepEqual(asked, [11]);
    shows(11);
    pass(EVERY_MS);
    assert.deepEqual(asked, [11, 20]);
  }));

test("an answer that leaves the page as it was is one, and the page may ask for more time", () =>
  following(({ pace, asked, pass, shows }) => {
    pace.hear(11);
    pass(EVERY_MS);
    pace.hear(12);
    shows(10, 11, 4 * EVERY_MS);
    pass(3 * EVERY_MS);
    assert.deepEqual(asked, [11]);
    pass(EVERY_MS);
    assert.deepEqual(asked, [11, 12]);
  }));

test("a hidden tab asks for nothing, and at once for the newest when it is seen again", () =>
  following(({ pace, asked, pass }) => {
    pace.see(false);
    pace.hear(11);
    pass(10 * EVERY_MS);
    pace.hear(50);
    assert.deepEqual(asked, []);
    pace.see(true);
    assert.deepEqual(asked, [50]);
  }));

test("an answer that was lost with its connection is asked for again", () =>
  following(({ pace, asked, pass }) => {
    pace.hear(11);
    pass(EVERY_MS);
    pace.hear(30);
    pass(LOST_MS - 1);
    assert.deepEqual(asked, [11]);
    pass(1);
    assert.deepEqual(asked, [11, 30]);
  }));

test("a run that went back is shown as it is now", () =>
  following(({ pace, asked, pass, shows }) => {
    shows(300);
    pace.hear(2);
    pass(EVERY_MS);
    assert.deepEqual(asked, [2]);
  }));

test("after the end nothing is asked for", () =>
  following(({ pace, asked, pass }) => {
    pace.hear(11);
    pace.end();
    pass(LOST_MS);
    assert.deepEqual(asked, []);
  }));
