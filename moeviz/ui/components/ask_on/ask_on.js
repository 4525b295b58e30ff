// Asks the fragment that holds it for its next part as soon as the last one is drawn, and whatever
// the reader does goes in between. A part that does not come is asked for again. Shows nothing.

import { askAgain } from "../shared/ask_again.js";

/** @import { Component, Root } from "../shared/shared.js" */

/** @typedef {{part: number, end: () => void}} View */

/** @param {Component<{part: number}>} component */
export default function askOn({ data, parentElement, setTriggerValue }) {
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".ask-on");
  if (!root) return undefined;
  if (root.view?.part === data.part) return root.view.end; // called anew for a change of theme
  root.view?.end();
  const { part } = data;
  root.view = { part, end: askAgain(() => setTriggerValue("next", part)) };
  return root.view.end;
}
