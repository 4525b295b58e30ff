// What a number field accepts, what it says of the rest, and where − and + lead.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  parse,
  read,
  sent,
  stepped,
  written,
} from "../../moeviz/ui/components/shared/knob_numbers.js";
import table from "../fixtures/knob_texts.json" with { type: "json" };

/** @typedef {import("../../moeviz/ui/components/shared/knob_numbers.js").NumberKnob} NumberKnob */

/** @type {Record<string, NumberKnob>} */
const KNOBS = Object.fromEntries(
  table.knobs.map((knob) => [knob.name, /** @type {any} */ (knob)]),
);

/** @param {string} name @param {Partial<NumberKnob>} other */
const like = (name, other) => ({ ...KNOBS[name], ...other });

/** @param {{text: string, before?: string, times?: number}} each */
const textOf = ({ text, before = "", times = 1 }) => before + text.repeat(times);

test("a text is read or refused as the table says, which Knob.parse is held against too", () => {
  for (const each of table.cases) {
    const knob = KNOBS[each.knob];
    const wanted = each.got === undefined
      ? { ok: true, value: each.value }
      : { ok: false, words: `${knob.called} must be ${knob.bound}, got ${each.got}` };
    assert.deepEqual(parse(knob, textOf(each)), wanted, JSON.stringify(each));
  }
});

test("blanks around what is typed do not count", () => {
  for (const typed of ["8", " 8", "8\n", "\u2003\t8\u00a0 "]) {
    assert.deepEqual(read(KNOBS.experts, typed), { ok: true, value: 8 });
  }
  assert.equal(read(KNOBS.experts, "8 9").ok, false);
  assert.equal(read(KNOBS.experts, "\ufeff8").ok, false);
});

test("nothing typed is none where there is none, and no number elsewhere", () => {
  for (const typed of ["", "  ", "none", " Dropless "]) {
    assert.deepEqual(read(KNOBS.capacity, typed), { ok: true, value: null });
  }
  assert.deepEqual(read(KNOBS.experts, " "), {
    ok: false,
    words: "Experts must be a whole number from 2 to 64, got ''",
  });
});

test("a field shows no places that say nothing, and none as nothing", () => {
  /** @type {[number | null, string][]} */
  const wanted = [
    [null, ""],
    [0, "0"],
    [64, "64"],
    [1.5, "1.5"],
    [0.1 + 0.2, "0.30000000000000004"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [-0.0025, "-0.0025"],
    [1_000_000, "1000000"],
    [1e15, "1000000000000000"],
    [1e16, "1e+16"],
  ];
  for (const [value, text] of wanted) assert.equal(written(value), text);
});

test("what is sent is read back to the same value, none included", () => {
  assert.equal(sent(null), "none");
  for (const each of table.cases.filter(({ got }) => got === undefined)) {
    const knob = KNOBS[each.knob];
    const reading = parse(knob, textOf(each));
    assert.ok(reading.ok);
    assert.deepEqual(parse(knob, sent(reading.value)), reading, each.text);
  }
});

/**
 * All values that presses in one direction lead through, none included.
 * @param {NumberKnob} knob @param {number | null} from @param {-1 | 1} direction @param {number} times
 */
function walk(knob, from, direction, times) {
  const passed = [from];
  for (let i = 0; i < times; i++) passed.push(stepped(knob, passed[i], direction));
  return passed;
}

test("even steps go to the next multiple and end at the bounds", () => {
  assert.deepEqual(walk(KNOBS.experts, 62, 1, 4), [62, 63, 64, 64, 64]);
  assert.deepEqual(walk(KNOBS.experts, 3, -1, 2), [3, 2, 2]);
  assert.deepEqual(walk(KNOBS.width, 20, 1, 2), [20, 24, 28]);
  assert.deepEqual(walk(KNOBS.width, 18, 1, 1), [18, 20]);
  assert.deepEqual(walk(KNOBS.width, 18, -1, 1), [18, 16]);
});

test("steps of a fraction stay round", () => {
  const noise = like("alpha", { steps: "even", step: 0.1, high: 4 });
  assert.deepEqual(walk(noise, 0, 1, 8), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]);
  assert.deepEqual(walk(noise, 0.30000000000000004, 1, 1), [0.30000000000000004, 0.4]);
  assert.deepEqual(walk(noise, 0.30000000000000004, -1, 1), [0.30000000000000004, 0.2]);
  assert.deepEqual(walk(noise, 0.15, -1, 1), [0.15, 0.1]);
  assert.deepEqual(walk(noise, 4, 1, 1), [4, 4]);
});

test("none lies beyond the highest value, and both buttons lead from it to where it begins", () => {
  assert.deepEqual(walk(KNOBS.capacity, 7.5, 1, 4), [7.5, 7.75, 8, null, 1]);
  assert.equal(stepped(KNOBS.capacity, null, -1), 1);
  assert.equal(stepped(KNOBS.capacity, 7.9, 1), 8);
  assert.equal(stepped(KNOBS.capacity, 8, -1), 7.75);
  assert.deepEqual(walk(KNOBS.capacity, 0.5, -1, 3), [0.5, 0.25, 0.1, 0.1]);
  assert.equal(stepped(like("capacity", { fromNone: 99 }), null, 1), 8);
});

test("doubling goes to the next power of two", () => {
  assert.deepEqual(walk(KNOBS.batch, 1, 1, 4), [1, 2, 4, 8, 16]);
  assert.deepEqual(walk(KNOBS.batch, 100, 1, 1), [100, 128]);
  assert.deepEqual(walk(KNOBS.batch, 100, -1, 7), [100, 64, 32, 16, 8, 4, 2, 1]);
  assert.deepEqual(walk(KNOBS.batch, 1, -1, 1), [1, 1]);
  assert.deepEqual(walk(KNOBS.batch, 700_000, 1, 2), [700_000, 1_000_000, 1_000_000]);
  assert.deepEqual(walk(like("batch", { low: 0 }), 2, -1, 3), [2, 1, 0, 0]);
  assert.deepEqual(walk(like("batch", { low: 0 }), 0, 1, 2), [0, 1, 2]);
});

test("1, 2, 5 times a power of ten, and from 0 to the first", () => {
  const up = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 10];
  assert.deepEqual(walk(KNOBS.alpha, 0, 1, 11), up);
  const down = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0, 0];
  assert.deepEqual(walk(KNOBS.alpha, 10, -1, 14), down);
  assert.deepEqual(walk(KNOBS.alpha, 0.03, 1, 1), [0.03, 0.05]);
  assert.deepEqual(walk(KNOBS.alpha, 0.03, -1, 1), [0.03, 0.02]);
  assert.deepEqual(walk(like("alpha", { low: 0.0001 }), 0.001, -1, 2), [0.001, 0.0005, 0.0002]);
  assert.deepEqual(walk(KNOBS.rate, 0.000005, -1, 3), [5e-6, 2e-6, 1e-6, 1e-6]);
});

test("a step leads to another value inside the bounds that the field takes, save at an end", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (const knob of Object.values(KNOBS)) {
    const [low, high] = [knob.low ?? -1000, knob.high ?? 1000];
    for (let i = 0; i < 300; i++) {
      const drawn = low + (high - low) * random() ** 3;
      const value = knob.kind === "int"
        ? Math.floor(drawn / knob.multipleOf) * knob.multipleOf
        : drawn;
      for (const direction of /** @type {const} */ ([-1, 1])) {
        const next = stepped(knob, value, direction);
        const words = `${knob.name}: ${value} ${direction} ${next}`;
        assert.deepEqual(parse(knob, sent(next)), { ok: true, value: next }, words);
        const end = direction > 0 ? high : low;
        if (next !== null) {
          assert.ok(value === end ? next === end : (next - value) * direction > 0, words);
        }
      }
    }
  }
});
