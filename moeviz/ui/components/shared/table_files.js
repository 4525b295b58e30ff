// A table as CSV or Markdown: a button that offers the file. Knows nothing of what is in the table.

import { button } from "./shared.js";

/**
 * @typedef {object} TableFile
 * @property {string} name  without an ending
 * @property {string[]} header
 * @property {(string | number)[][]} rows
 */

/** @typedef {"CSV" | "Markdown"} Kind */

/** @type {Record<Kind, [string, (header: string[], rows: string[][]) => string]>} */
const KINDS = { CSV: ["csv", asCsv], Markdown: ["md", asMarkdown] };

/**
 * A button for each kind of file; `table` tells on a click what is in it, null: nothing.
 * @param {() => TableFile | null | undefined} table
 */
export const fileButtons = (table) => [fileButton("CSV", table), fileButton("Markdown", table)];

/**
 * @param {Kind} kind
 * @param {() => TableFile | null | undefined} table
 */
function fileButton(kind, table) {
  const [ending, make] = KINDS[kind];
  const node = button("file", kind);
  node.title = `Download the shown rows as ${kind}, with exact numbers`;
  node.addEventListener("click", () => {
    const file = table();
    if (!file) return;
    offer(`${file.name}.${ending}`, make(file.header, file.rows.map((row) => row.map(String))));
  });
  return node;
}

/**
 * RFC 4180, with its line ends.
 * @param {string[]} header
 * @param {string[][]} rows
 */
export function asCsv(header, rows) {
  return [header, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/**
 * A spreadsheet takes text that begins so for a formula: it is given as text.
 * @param {string} text
 */
function quoted(text) {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * A table of GitHub's Markdown.
 * @param {string[]} header
 * @param {string[][]} rows
 */
export function asMarkdown(header, rows) {
  /** @param {string[]} cells */
  const line = (cells) => `| ${cells.map(inOneCell).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}

/**
 * Nothing in it ends the cell or the row. A backslash is escaped too: it would free a bar after it.
 * @param {string} text
 */
const inOneCell = (text) => text.replaceAll(/[\\|]/g, "\\$&").replaceAll(/\r\n|\r|\n/g, " ");

/**
 * Have the browser save a file.
 * @param {string} name
 * @param {string | Blob} content
 * @param {string} type
 */
export function offer(name, content, type = "text/plain;charset=utf-8") {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address));
}
