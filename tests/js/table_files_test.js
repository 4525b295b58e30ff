// Tables as files: what is written is read back whole, and a spreadsheet computes none of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { asCsv, asMarkdown } from "../../moeviz/ui/components/shared/table_files.js";

/** @type {(cell: string) => string} */
const csvCell = (cell) => asCsv(["title"], [[cell]]).slice("title\r\n".length, -2);

/**
 * RFC 4180, read letter by letter.
 * @param {string} text
 */
function readCsv(text) {
  /** @type {string[][]} */
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const row = rows[rows.length - 1];
    if (quoted && text[i] === '"' && text[i + 1] === '"') row[row.length - 1] += text[i++];
    else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text[i] === ",") row.push("");
    else if (!quoted && text.startsWith("\r\n", i)) rows.push([""]), i++;
    else row[row.length - 1] += text[i];
  }
  assert.deepEqual(rows.pop(), [""]); // the file ends with the end of a line
  return rows;
}

test("a CSV file has a line for the titles and one a row, each ended", () => {
  assert.equal(asCsv(["a", "b"], [["1", "x"], ["2", "y"]]), "a,b\r\n1,x\r\n2,y\r\n");
});

test("what would end a field is quoted", () => {
  assert.equal(csvCell("x, y"), '"x, y"');
  assert.equal(csvCell('say "hi"'), '"say ""hi"""');
  assert.equal(csvCell("two\nlines"), '"two\nlines"');
});

test("every text is read back as it was", () => {
  const rows = [['"', ",", "\r\n"], ["", '",', '""'], ["a\rb", "ü → ∞", "plain"]];
  assert.deepEqual(readCsv(asCsv(["x", "y,", 'z"'], rows)), [["x", "y,", 'z"'], ...rows]);
});

test("a text that a spreadsheet takes for a formula is given as text", () => {
  for (const text of ["=1+1", "+cmd", "-1-1", "@SUM(A1)", "\t=1"]) {
    assert.equal(csvCell(text), `'${text}`);
  }
  assert.equal(csvCell('=HYPERLINK("a","b")'), `"'=HYPERLINK(""a"",""b"")"`);
  assert.equal(csvCell("\r=1"), `"'\r=1"`);
});

test("a title may be a formula as well", () => {
  assert.equal(asCsv(["=A1"], []), "'=A1\r\n");
});

test("a number with a sign stays a number", () => {
  for (const text of ["-2.5", "+3", "-1e-05"]) assert.equal(csvCell(text), text);
});

test("a Markdown table has a rule under its titles", () => {
  const text = asMarkdown(["a", "b"], [["1", "x"]]);
  assert.equal(text, "| a | b |\n| --- | --- |\n| 1 | x |\n");
});

test("nothing in a Markdown cell ends the cell or the row", () => {
  const [, , ...lines] = asMarkdown(["t"], [["a|b"], ["a\nb"], ["a\r\nb"], ["a\\|b"]]).split("\n");
  assert.deepEqual(lines, ["| a\\|b |", "| a b |", "| a b |", "| a\\\\\\|b |", ""]);
});
