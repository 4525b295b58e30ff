// Completes or corrects the address that led to a page, in place. Shows nothing.

import { completeAddress } from "../channel/address.js";
import { watchForEmptyPage } from "./empty_page.js";

/**
 * @typedef {object} Data
 * @property {string} number of the request: the same again is no news
 * @property {string} path the page's, without a slash at its end
 * @property {Record<string, string[]>} was the parameters of the address that led there
 * @property {Record<string, string>} parameters what it is to say
 */

let done = "";

/** @param {import("../shared/shared.js").Component<Data>} component */
export default function addressBar({ data: { number, path, was, parameters } }) {
  watchForEmptyPage();
  if (done === number || location.pathname.replace(/\/$/, "") !== path) return undefined;
  done = number;
  completeAddress(parameters, was);
  return undefined;
}
