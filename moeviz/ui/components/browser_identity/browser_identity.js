// A random name for this browser, so that it finds its own runs again. Nobody else reads it.

/** @import { Component } from "../shared/shared.js" */

/**
 * @typedef {object} Data
 * @property {string | null} offered  a name for a browser that has none
 * @property {string | null} known  what Python has heard
 * @property {boolean} whole
 */

const KEY = "moeviz.browser";

/** @type {string | undefined} */
let ofThisTab;

/** @param {Component<Data>} component */
export default function browserIdentity({ data, parentElement, setStateValue }) {
  const identity = kept(data.offered);
  const heard = data.whole && data.known === identity;
  parentElement.querySelector(".browser-identity")?.toggleAttribute("data-heard", heard);
  if (data.known !== identity) setStateValue("identity", identity);
  return undefined;
}

/**
 * From localStorage; where that is denied, from this tab alone. A new browser takes the offer.
 * @param {string | null} offered
 */
function kept(offered) {
  try {
    const found = localStorage.getItem(KEY);
    if (found && /^[0-9a-f]{32}$/.test(found)) return found;
    const made = offered ?? fresh();
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return (ofThisTab ??= offered ?? fresh());
  }
}

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
