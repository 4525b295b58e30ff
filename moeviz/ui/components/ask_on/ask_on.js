// Asks the fragment that holds it for its next part as soon as the last one is drawn, and whatever
// the reader does goes in between. Shows nothing.

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * Streamlit reruns one fragment for all that is triggered at the same moment: a click in another
 * fragment then takes the place of this one. So a part that does not come is asked for again.
 */
const AGAIN_MS = 5000;

/** @typedef {{part: number, end: () => void}} View */

/** @param {Component<{part: number}>} component */
export default function askOn({ data, parentElement, setTriggerValue }) {
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".ask-on");
  if (!root) return undefined;
  if (root.view?.part === data.part) return root.view.end; // called anew for a change of theme
  root.view?.end();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;
  const ask = () => {
    setTriggerValue("next", data.part);
    again = setTimeout(ask, AGAIN_MS);
  };
  root.view = { part: data.part, end: () => clearTimeout(again) };
  ask();
  return root.view.end;
}
