// The next part is asked for once, and again where it does not come.

import assert from "node:assert/strict";
import { test } from "node:test";

import askOn from "../../moeviz/ui/components/ask_on/ask_on.js";
import { withFakeClock } from "./fake_clock.js";

test("a part that does not come is asked for again, until another one is drawn or none", () =>
  withFakeClock((clock) => {
    /** @type {unknown[]} */
    const asked = [];
    const root = {};
    /** @param {number} part */
    const draw = (part) =>
      askOn(
        /** @type {any} */ ({
          data: { part },
          parentElement: { querySelector: () => root },
          setTriggerValue: (/** @type {string} */ _, /** @type {unknown} */ value) =>
            asked.push(value),
        }),
      );
    draw(1);
    draw(1); // a change of theme
    assert.deepEqual(asked, [1]);
    clock.pass(5000);
    assert.deepEqual(asked, [1, 1]);
    const end = draw(2);
    assert.deepEqual(asked, [1, 1, 2]);
    end?.();
    clock.pass(20_000);
    assert.deepEqual(asked, [1, 1, 2]);
  }));
