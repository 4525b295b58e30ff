// A pick is asked for until the page shows it, and what is asked for is a state, no change of one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NONE, Pick } from "../../moeviz/ui/components/batch_text/batch_text_pick.js";
import { withFakeClock } from "./fake_clock.js";

/** @param {(pick: Pick, asked: number[], clock: import("./fake_clock.js").FakeClock) => void} act */
const withPick = (act) =>
  withFakeClock((clock) => {
    /** @type {number[]} */
    const asked = [];
    const pick = new Pick((token) => asked.push(token));
    pick.show(null);
    act(pick, asked, clock);
  });

test("a token whose click was displaced is asked for again, until it is shown", () =>
  withPick((pick, asked, clock) => {
    pick.click(7);
    assert.deepEqual(asked, [7]);
    pick.show(null); // drawn for another reason
    clock.pass(10_000);
    assert.deepEqual(asked, [7, 7, 7]);
    pick.show(7);
    clock.pass(20_000);
    assert.deepEqual(asked, [7, 7, 7]);
  }));

test("the last of several clicks is the one that is asked for", () =>
  withPick((pick, asked, clock) => {
    pick.click(7);
    pick.click(9);
    pick.show(7);
    clock.pass(5000);
    assert.deepEqual(asked, [7, 9, 9]);
    pick.show(9);
    clock.pass(20_000);
    assert.deepEqual(asked, [7, 9, 9]);
  }));

test("a second click lets a token go, shown or not yet shown", () =>
  withPick((pick, asked, clock) => {
    pick.click(7);
    pick.show(7);
    pick.click(7);
    assert.deepEqual(asked, [7, NONE]);
    clock.pass(5000);
    assert.deepEqual(asked, [7, NONE, NONE]);
    pick.show(null);
    clock.pass(20_000);
    pick.click(3);
    pick.click(3); // the page may then never have shown it, nor be drawn again
    clock.pass(20_000);
    assert.deepEqual(asked, [7, NONE, NONE, 3, NONE]);
  }));

test("a token that the page lets go by itself can be picked with one click", () =>
  withPick((pick, asked) => {
    pick.show(7);
    pick.show(null);
    pick.click(7);
    assert.deepEqual(asked, [7]);
  }));

test("nothing is asked for once the text is gone", () =>
  withPick((pick, asked, clock) => {
    pick.click(7);
    pick.end();
    clock.pass(20_000);
    assert.deepEqual(asked, [7]);
  }));
