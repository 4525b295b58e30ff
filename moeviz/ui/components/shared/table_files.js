// A table as CSV or Markdown: a button that offers the file. Knows nothing of what is in the table.

import { el } from "./shared.js";

const KINDS = { CSV: ["csv", asCsv], Markdown: ["md", asMarkdown] };

/** A button of one of these kinds; `table` tells on a click {name, header, rows of values}. */
export function fileButton(kind, table) {
  const [ending, make] = KINDS[kind];
  const button = el("button", "file", kind);
  button.type = "button";
  button.title = `Download the shown rows as ${kind}, numbers in full`;
  button.addEventListener("click", () => {
    const { name, header, rows } = table();
    offer(`${name}.${ending}`, make(header, rows.map((row) => row.map(String))));
  });
  return button;
}

/**
 * RFC 4180, with its line ends.
 * @param {string[]} header
 * @param {string[][]} rows
 */
export function asCsv(header, rows) {
  return [header, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/** A spreadsheet takes text that begins so for a formula: it is given as text. */
function quoted(text) {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function asMarkdown(header, rows) {
  const line = (cells) =>
    `| ${cells.map((text) => text.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}

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
