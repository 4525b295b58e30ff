// Links to terms of the glossary. What they show on hover and focus is added by the component
// `terms`, which finds them by their address. Text reaches the page by textContent alone.

import { el } from "./shared.js";

const LINK = /\[([^\]]+)\]\(glossary\?term=([\w-]+)\)/g;

/**
 * The term that an address leads to, or "".
 * @param {string} href
 */
export function termOf(href) {
  const { pathname, searchParams } = new URL(href, "http://any");
  return pathname.endsWith("/glossary") ? searchParams.get("term") ?? "" : "";
}

/**
 * A link to a term.
 * @param {string} id
 * @param {string} shown
 */
export function termLink(id, shown) {
  const link = el("a", "term", shown);
  link.setAttribute("href", `glossary?term=${encodeURIComponent(id)}`);
  link.setAttribute("target", "_blank"); // the run of this page is not left
  return link;
}

/**
 * Text and links in turn, of a text with the links that `moeviz/glossary.py` makes of marks.
 * @param {string} text
 * @returns {(string | {id: string, shown: string})[]}
 */
export function partsOf(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(end, found.index), { id: found[2], shown: found[1] });
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
}

/**
 * The text as it is read, without what its terms lead to.
 * @param {string} text
 */
export const plainOf = (text) =>
  partsOf(text).map((part) => typeof part === "string" ? part : part.shown).join("");

/**
 * Show a text with its terms; rebuilt only where it differs, so that a link keeps its focus.
 * @param {HTMLElement} node
 * @param {string} text
 */
export function setProse(node, text) {
  if (node.dataset.prose === text) return;
  node.dataset.prose = text;
  node.replaceChildren(
    ...partsOf(text).map((part) => typeof part === "string" ? part : termLink(part.id, part.shown)),
  );
}
