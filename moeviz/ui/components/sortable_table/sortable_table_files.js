// A table's rows as CSV and Markdown, with values in full, and a file offered for download.

const valueOf = ([shown, value]) => String(value ?? shown);

export function asCsv(header, rows) {
  return [header, ...rows.map((row) => row.map(valueOf))].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/** A spreadsheet takes text that begins so for a formula: it is given as text. */
function quoted(text) {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function asMarkdown(header, rows) {
  const line = (cells) => `| ${cells.map((text) => text.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map((row) => line(row.map(valueOf)))].join("\n") + "\n";
}

export function offer(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address));
}
