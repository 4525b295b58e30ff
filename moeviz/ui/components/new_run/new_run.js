// Starts the new run that a changed model needs, with the limit that the page's field says.

import { parameter } from "../channel/address.js";
import { pageRun } from "../live_run/run_control.js";
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
  root.view.onclick = () => setTriggerValue("start", limitOf(pageRun(), data.until));
}

/**
 * The limit as the field says it. The address may say an older one for a moment: the page's script,
 * which does not hear of the field, writes it anew with each change. It counts where no field is.
 * @param {{limit: (() => string) | null}} control
 * @param {Data["until"]} until
 */
export const limitOf = ({ limit }, { url, default: usual }) => limit?.() ?? parameter(url) ?? usual;
