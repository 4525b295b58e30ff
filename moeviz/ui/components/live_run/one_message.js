// Streamlit says in a dialog of its own that the server is gone. It lies over the page and makes all
// of it inert. Where a line of the page says the same, that dialog is closed, as its reader would
// close it; a test holds that it is still there to be closed.

const DIALOG = '[data-testid="stDialog"]';
const TITLE = "Connection error";

/** @type {MutationObserver | null} */
let watching = null;

/**
 * Let the page's own line be the only one, while the connection is gone.
 * @param {boolean} gone
 */
export function sayAlone(gone) {
  document.documentElement.toggleAttribute("data-channel-lost", gone); // for page.css
  if (!gone) {
    watching?.disconnect();
    watching = null;
  } else if (!watching) {
    watching = new MutationObserver(closeDialog);
    watching.observe(document.body, { childList: true, subtree: true });
    closeDialog();
  }
}

function closeDialog() {
  for (const dialog of document.querySelectorAll(DIALOG)) {
    if (dialog.querySelector("h2")?.textContent?.trim() !== TITLE) continue;
    /** @type {HTMLElement | null} */
    const close = dialog.querySelector('button[aria-label="Close"]');
    close?.click();
  }
}
