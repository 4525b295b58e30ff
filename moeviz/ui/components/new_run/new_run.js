// Starts the new run that a changed model needs, with the limit that the address says.

import { parameter } from "../channel/address.js";
import { adoptStyles, button, pressOnce } from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/** @typedef {{label: string, until: {url: string, default: string}}} Data */

/** @param {Component<Data>} component */
export default async function newRun({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("../live_run/live_run.css", import.meta.url));
  /** @type {Root<HTMLButtonElement> | null} */
  const root = parentElement.querySelector(".new-run");
  if (!root) return;
  if (!root.view) {
    root.view = button("main", data.label);
    pressOnce(root.view);
    root.append(root.view);
  }
  root.view.onclick = () => setTriggerValue("start", limitOf(data.until));
}

/** What the address says of the limit. @param {Data["until"]} until */
export const limitOf = ({ url, default: usual }) => parameter(url) ?? usual;
