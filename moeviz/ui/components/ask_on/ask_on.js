// Asks the fragment that holds it for its next part as soon as the last one is drawn: no clock, and
// whatever the reader does goes in between. Shows nothing.

/** @import { Component, Root } from "../shared/shared.js" */

/** @param {Component<{part: number}>} component */
export default function askOn({ data, parentElement, setTriggerValue }) {
  /** @type {Root<{part: number}> | null} */
  const root = parentElement.querySelector(".ask-on");
  if (!root || root.view?.part === data.part) return undefined; // called anew for a change of theme
  root.view = { part: data.part };
  setTriggerValue("next", data.part);
  return undefined;
}
