// Streamlit says in a dialog of its own that the server is gone. It lies over the page and makes all
// of it inert. Where a line of the page says the same, that dialog is closed, as its reader would
// close it; a test holds that it is still there to be closed.

const DIALOG = '[data-testid="stDialog"]';
const TITLE = "Connection error";

/** @type {MutationObserver | null} */
let watching = null;
let said = false;
/** @type {Set<(gone: boolean) => void>} */
const heeding = new Set();

/**
 * Let the page's own line be the only one, while the connection is gone.
 * @param {boolean} gone
 */
export function sayAlone(gone) {
  document.documentElement.toggleAttribute("data-channel-lost", gone); // for page.css
  if (said !== gone) {
    said = gone;
    for (const listener of [...heeding]) listener(gone);
  }
  if (!gone) {
    watching?.disconnect();
    watching = null;
  } else if (!watching) {
    watching = new MutationObserver(closeDialog);
    watching.observe(document.body, { childList: true, subtree: true });
    closeDialog();
  }
}

/**
 * Hear, now and whenever it changes, whether the page's own line says that the connection is gone:
 * what needs the server can then not be used, and no dialog lies over it. Returns what ends that.
 * @param {(gone: boolean) => void} listener
 */
export function heedGone(listener) {
  heeding.add(listener);
  listener(said);
  return () => heeding.delete(listener);
}

function closeDialog() {
  for (const dialog of document.querySelectorAll(DIALOG)) {
    if (dialog.querySelector("h2")?.textContent?.trim() !== TITLE) continue;
    /** @type {HTMLElement | null} */
    const close = dialog.querySelector('button[aria-label="Close"]');
    close?.click();
  }
}
