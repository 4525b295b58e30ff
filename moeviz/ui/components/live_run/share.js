// Links to this run: one that lets others watch it, one that lets them control it.

import { buildPopup } from "../shared/popup.js";
import { button, el, setText } from "../shared/shared.js";

/** @typedef {{watch: string, control: string}} Links paths with their query; control "" where this
 *   page may only watch */

/** @param {Links} first */
export function buildShare(first) {
  let links = first;
  const { node, box } = buildPopup("share", "Share");
  const said = el("p", "copied");
  said.setAttribute("role", "status");
  const watch = copyButton("Copy the watch link", () => links.watch, said);
  const control = copyButton("Copy the control link", () => links.control, said);
  box.append(
    watch,
    el("p", "", "Shows this run live, on another screen or for a class."),
    control,
    el(
      "p",
      "",
      "Lets its reader also press Start, turn knobs and fork, for example on your phone.",
    ),
    said,
  );
  const fit = () => {
    control.disabled = !links.control;
  };
  fit();
  return {
    node,
    /** @param {Links} next */
    take(next) {
      links = next;
      fit();
    },
  };
}

/** @param {string} text @param {() => string} link @param {HTMLElement} said */
function copyButton(text, link, said) {
  const node = button("", text);
  node.addEventListener("click", async () => {
    const address = new URL(link(), location.href).href;
    try {
      await navigator.clipboard.writeText(address);
      setText(said, "Copied.");
    } catch {
      setText(said, address); // no right to the clipboard: show it to be copied by hand
    }
  });
  return node;
}
