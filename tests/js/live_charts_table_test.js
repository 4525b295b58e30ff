// Live charts as a table and as a file: few rows to read, every point to take away.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  fileTable,
  marksTable,
  tableOf,
} from "../../moeviz/ui/components/live_charts/live_charts_table.js";
import { asCsv } from "../../moeviz/ui/components/shared/table_files.js";
import { line, modelOf, noisy, randomNumbers, ribbon } from "./live_charts_models.js";

test("a table has at most 20 rows, evenly spaced, and ends with the last step", () => {
  for (const count of [1, 2, 19, 20, 21, 40, 57, 200]) {
    const { rows } = tableOf(modelOf([line(noisy(count, 2, randomNumbers(count)))]));
    assert.ok(rows.length >= 1 && rows.length <= 20, String(count));
    assert.equal(rows[rows.length - 1][0], String(count));
    const steps = rows.map(([step]) => Number(step));
    const gaps = new Set(steps.slice(1).map((step, i) => step - steps[i]));
    assert.ok(gaps.size <= 1, String(count));
  }
});

test("columns name the line and the quantity, cells have four digits", () => {
  const { header, rows } = tableOf({
    ...modelOf([line({ y: [6, 5, 4, 2.34567] })]),
    rows: [...modelOf([line({ y: [6, 5, 4, 2.34567] })]).rows, ribbon({})],
  });
  assert.deepEqual(header, ["Step", "A: Cross-entropy", "A: expert with most load"]);
  assert.deepEqual(rows[3], ["4", "2.346", "3, 70\u202f%"]);
});

test("a value measured rarely stands in the row it was measured near, and in no other", () => {
  const rare = line({ name: "A, held out", dash: true, x: [10, 20], y: [5, 4] });
  const { rows } = tableOf(modelOf([line(noisy(20, 2, randomNumbers(1))), rare]));
  const cells = rows.map((row) => row[2]);
  assert.deepEqual([cells[9], cells[19]], ["5", "4"]);
  assert.equal(cells.filter((cell) => cell === "–").length, 18);
});

test("a table of nothing has no rows", () => {
  assert.deepEqual(tableOf(modelOf([line({ x: [], y: [] })])).rows, []);
  assert.deepEqual(marksTable([]).rows, []);
});

test("every change stands in the table of changes, oldest first", () => {
  const marks = [{ step: 1500, label: "k 2" }, { step: 20, label: "α 0.1" }];
  assert.deepEqual(marksTable(marks).rows, [["20", "α 0.1"], ["1,500", "k 2"]]);
});

test("a file has every point in full precision, blanks where there is none", () => {
  const y = [1 / 3, null, 2e-7, NaN];
  const model = modelOf([line({ y }), line({ name: "B", x: [2.5], y: [9] })]);
  const { header, rows } = fileTable(model);
  const quantity = "Cross-entropy, nats per token";
  assert.deepEqual(header, ["Step", `A: ${quantity}`, `B: ${quantity}`, "Knob changes"]);
  assert.deepEqual(rows, [
    [1, 1 / 3, "", ""],
    [2, "", "", ""],
    [2.5, "", 9, ""],
    [3, 2e-7, "", ""],
    [4, "", "", ""],
  ]);
});

test("a file has the load of every expert at the steps of the ribbon's columns", () => {
  const model = { ...modelOf([]), rows: [ribbon({ experts: 2, columns: 2, x0: 1.5, dx: 2 })] };
  const { header, rows } = fileTable(model);
  assert.equal(header[2], "A: load of each expert, layer 0, expert 1");
  assert.deepEqual(rows, [[1.5, 0.7, 0.1, ""], [3.5, 0.1, 0.7, ""]]);
});

test("a file tells every change at its own step, several of one step together", () => {
  const marks = [
    { step: 2, label: "A: k 2" },
    { step: 2, label: "B: k 1" },
    { step: 9, label: "=cmd()" },
  ];
  const { header, rows } = fileTable({ ...modelOf([line({})]), marks });
  assert.deepEqual(rows.map((row) => row[2]), ["", "A: k 2; B: k 1", "", "", "=cmd()"]);
  const csv = asCsv(header, rows.map((row) => row.map(String)));
  assert.equal(csv.split("\r\n")[0], 'Step,"A: Cross-entropy, nats per token",Knob changes');
  assert.equal(csv.split("\r\n")[5], "9,,'=cmd()");
});
