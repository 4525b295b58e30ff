// How the rows of a table are ordered, found and exported.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  compared,
  inFull,
  wordsOf,
} from "../../moeviz/ui/components/sortable_table/sortable_table_order.js";

/** @import { Cell } from "../../moeviz/ui/components/sortable_table/sortable_table_order.js" */

/** @type {(shown: string, value?: string | number | null) => Cell} */
const cell = (shown, value = null) => [shown, value, ""];

/** @type {(cells: Cell[], down?: boolean) => string[]} */
const sorted = (cells, down = false) =>
  cells.toSorted((a, b) => compared(a, b, down)).map(([shown]) => shown);

test("numbers are ordered by size, not by what is shown of them", () => {
  const cells = [cell("9 B", 9e9), cell("671 B", 671e9), cell("12.7 B", 12.7e9)];
  assert.deepEqual(sorted(cells), ["9 B", "12.7 B", "671 B"]);
  assert.deepEqual(sorted(cells, true), ["671 B", "12.7 B", "9 B"]);
});

test("numbers in a text count as numbers", () => {
  assert.deepEqual(sorted([cell("8x22B"), cell("8x7B"), cell("16x3B")]), [
    "8x7B",
    "8x22B",
    "16x3B",
  ]);
});

test("what has no value comes last, upwards and downwards", () => {
  const cells = [cell("–"), cell("b"), cell("a")];
  assert.deepEqual(sorted(cells), ["a", "b", "–"]);
  assert.deepEqual(sorted(cells, true), ["b", "a", "–"]);
});

test("zero is a value", () => {
  const cells = [cell("–"), cell("0", 0), cell("-1", -1)];
  assert.deepEqual(sorted(cells), ["-1", "0", "–"]);
  assert.deepEqual(sorted(cells, true), ["0", "-1", "–"]);
});

test("a file has the value, and what is shown where there is none", () => {
  assert.equal(inFull(cell("12.7 B", 12_700_000_000)), 12_700_000_000);
  assert.equal(inFull(cell("0", 0)), 0);
  assert.equal(inFull(cell("Mixtral")), "Mixtral");
});

test("a row is found by all that it shows, in any case", () => {
  assert.equal(wordsOf([cell("Mixtral 8x7B"), cell("12.7 B", 12.7e9)]), "mixtral 8x7b 12.7 b");
});
