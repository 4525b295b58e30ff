// Marks the document while a text area has another text than the one that was read: at the first
// key, before any server has heard of it. The area is Streamlit's own, found by its key.

import { setText } from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/** @typedef {{field: string, text: string, said: string}} Read */

/** @typedef {ReturnType<typeof watch>} View */

const LOOK_AGAIN_MS = 250;

/** @param {Component<Read>} component */
export default function unreadText({ data, parentElement }) {
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".unread-text");
  if (!root) return undefined;
  const view = root.view ??= watch(root);
  view.read = data;
  view.look();
  return () => setTimeout(() => root.isConnected || view.end());
}

/** @param {HTMLElement} root */
function watch(root) {
  let again = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  const view = {
    read: /** @type {Read} */ ({ field: "", text: "", said: "" }),
    marked: false,
    look: () => {
      clearTimeout(again);
      mark(view.marked && textOf(view.read.field) !== plain(view.read.text));
    },
    end: () => {
      document.removeEventListener("input", hear);
      clearTimeout(again);
      mark(false);
    },
  };
  /** @param {boolean} unread */
  const mark = (unread) => {
    view.marked = unread;
    document.documentElement.toggleAttribute("data-unread", unread);
    setText(root, unread ? view.read.said : "");
    // The page can also put the text that was read back into the area, which is no input.
    if (unread) again = setTimeout(view.look, LOOK_AGAIN_MS);
  };
  /** @param {Event} event */
  const hear = ({ target }) => {
    if (target !== area(view.read.field)) return;
    view.marked = true;
    view.look();
  };
  document.addEventListener("input", hear);
  return view;
}

/** @param {string} field @returns {HTMLTextAreaElement | null} */
const area = (field) => document.querySelector(`.st-key-${field} textarea`);

/** @param {string} field */
const textOf = (field) => area(field)?.value;

/** As a text area has it. @param {string} text */
const plain = (text) => text.replace(/\r\n?/g, "\n");
