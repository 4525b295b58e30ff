// The path through the pages, a tick at each page whose checks this browser has answered rightly.

import { answered, whenAnswered } from "../shared/answered.js";
import { adoptStyles, el, keepCount, setAttribute, setText } from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/** @typedef {{address: string, title: string, checks: string[]}} Page */

/** @typedef {{pages: Page[], here: string}} Data */

/** @typedef {ReturnType<typeof build>} View */

/** @param {Component<Data>} component */
export default async function pageEnd({ data, parentElement }) {
  await adoptStyles(parentElement, new URL("page_end.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".page-end");
  if (!root) return undefined;
  root.view ??= build(root);
  const { view } = root;
  const draw = () => show(view, data);
  draw();
  return whenAnswered(draw);
}

/** @param {HTMLElement} root */
function build(root) {
  const [said, list] = [el("p"), el("ol")];
  said.setAttribute("role", "status");
  root.replaceChildren(said, list);
  return { said, list, items: /** @type {ReturnType<typeof newItem>[]} */ ([]) };
}

/**
 * @param {View} view
 * @param {Data} data
 */
function show({ said, list, items }, { pages, here }) {
  const known = answered();
  keepCount(list, items, pages.length, newItem);
  pages.forEach(({ address, title, checks }, i) => {
    const done = checks.every((id) => known.has(id));
    const { node, name, more } = items[i];
    setText(name, title);
    setText(more, done ? ", finished" : "");
    setAttribute(node, "data-done", done);
    if (address === here) setAttribute(node, "aria-current", "page");
    else node.removeAttribute("aria-current");
  });
  setText(said, standing(pages, here, known));
}

function newItem() {
  const [node, name, more] = [el("li"), el("span"), el("span", "visually-hidden")];
  node.append(name, more);
  return { node, name, more };
}

/**
 * How far this page is, and the path.
 * @param {Page[]} pages
 * @param {string} here
 * @param {Set<string>} known
 */
export function standing(pages, here, known) {
  const finished = pages.filter(({ checks }) => checks.every((id) => known.has(id)));
  const own = pages.find(({ address }) => address === here);
  const left = own?.checks.filter((id) => !known.has(id)).length ?? 0;
  const page = left
    ? `Answer ${left === 1 ? "one more check" : `${left} checks`} to finish this page.`
    : "You have finished this page.";
  return `${page} ${finished.length} of ${pages.length} pages are finished in this browser.`;
}
