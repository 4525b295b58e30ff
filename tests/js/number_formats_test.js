// Numbers as people read them. The space before a per cent sign is thin and does not break.

import assert from "node:assert/strict";
import { test } from "node:test";

import { exactPercent, number, percent } from "../../moeviz/ui/components/shared/shared.js";

/** @type {(format: (value: number) => string, wanted: [number, string][]) => void} */
function check(format, wanted) {
  for (const [value, text] of wanted) assert.equal(format(value), text, String(value));
}

test("a measured share has two significant digits, and two places at most", () => {
  check(percent, [
    [0.714, "71\u202f%"],
    [0.042, "4.2\u202f%"],
    [0.0994, "9.9\u202f%"],
    [0.0996, "10\u202f%"],
    [0.005, "0.5\u202f%"],
    [0.0009, "0.09\u202f%"],
    [0.00042, "0.04\u202f%"],
    [1, "100\u202f%"],
  ]);
});

test("a share of nothing is 0, without places that say nothing", () => {
  assert.equal(percent(0), "0\u202f%");
});

test("a share that is a parameter has three digits and no zeros behind them", () => {
  check(exactPercent, [
    [1 / 8, "12.5\u202f%"],
    [1 / 64, "1.56\u202f%"],
    [1 / 3, "33.3\u202f%"],
    [1 / 2, "50\u202f%"],
    [8 / 256, "3.13\u202f%"],
  ]);
});

test("a number has four significant digits, and its thousands are grouped", () => {
  check(number, [
    [2.18432, "2.184"],
    [0.01034, "0.0103"],
    [0.5, "0.500"],
    [12.344, "12.34"],
    [123.44, "123.4"],
    [1234.6, "1,235"],
    [-1234.6, "-1,235"],
    [-2.5, "-2.500"],
  ]);
});

test("a whole number is shown whole", () => {
  check(number, [[0, "0"], [1216, "1,216"], [1234567, "1,234,567"], [-3, "-3"]]);
});

test("what is no number is a dash", () => {
  for (const value of [null, undefined, NaN, Infinity, -Infinity]) assert.equal(number(value), "–");
  assert.equal(percent(NaN), "–");
  assert.equal(percent(Infinity), "–");
});
