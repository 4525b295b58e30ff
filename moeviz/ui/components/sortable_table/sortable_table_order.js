// How the rows of a table compare, and what they are found by. Pure.

/** @typedef {[shown: string, value: string | number | null, title: string]} Cell */

/**
 * As a file has it: the value, or what is shown where that is the value.
 * @param {Cell} cell
 */
export const inFull = ([shown, value]) => value ?? shown;

/**
 * What a row is searched by.
 * @param {Cell[]} cells
 */
export const wordsOf = (cells) => cells.map(([shown]) => shown).join(" ").toLowerCase();

/**
 * Numbers by size, texts as people count ("8x7B" before "8x22B"). What has no value comes last,
 * upwards and downwards.
 *
 * @param {Cell} a
 * @param {Cell} b
 * @param {boolean} down
 */
export function compared(a, b, down) {
  const [x, y] = [valueOf(a), valueOf(b)];
  if (x === "" || y === "") return Number(x === "") - Number(y === "");
  const way = typeof x === "number" && typeof y === "number"
    ? x - y
    : String(x).localeCompare(String(y), "en", { numeric: true });
  return down ? -way : way;
}

/** @param {Cell} cell */
const valueOf = ([shown, value]) => value ?? (shown === "–" ? "" : shown);
