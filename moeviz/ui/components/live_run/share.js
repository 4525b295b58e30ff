// Links to the run that the page shows: one lets others watch it, one lets them control it.

import { buildPopup } from "../shared/popup.js";
import { button, el, setText } from "../shared/shared.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */

/**
 * The links, relative to the page: `control` is "" where this page may only watch. The server takes
 * the token out of the address before any page is shown.
 * @param {Pick<import("./run_control.js").RunData, "id" | "token" | "control"> | null} run
 */
export function linksOf(run) {
  if (!run) return { watch: "", control: "" };
  const control = run.control ? `?${new URLSearchParams({ control: run.token })}` : "";
  return { watch: `?${new URLSearchParams({ run: run.id })}`, control };
}

/** @param {RunControl} page */
export function buildShare(page) {
  const { node, box } = buildPopup("share", "Share");
  const said = el("p", "copied");
  said.setAttribute("role", "status");
  const watch = copyButton("Copy the watch link", () => linksOf(page.run).watch, said);
  const control = copyButton("Copy the control link", () => linksOf(page.run).control, said);
  box.append(
    watch,
    el("p", "", "Shows this run live, on another screen or for a class."),
    control,
    el(
      "p",
      "",
      "A browser that opens this link can also start the run, change its knobs and fork it. Use it on your phone, for example.",
    ),
    said,
  );
  const update = () => {
    const links = linksOf(page.run);
    watch.disabled = !links.watch;
    control.disabled = !links.control;
  };
  update();
  return { node, update };
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
