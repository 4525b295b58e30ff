// Shows a page again that Streamlit has emptied. After *Back* or a press in the menu, a fragment of the
// old page may send one more request, which still names the old page. Streamlit's frontend then drops
// the elements of the new page. The browser's location is right, so this announces it again, as *Back*
// does, and Streamlit requests the page anew.

/** From the end of a run of the script until its elements are on the page. */
const SETTLED_MS = 300;

/** @type {Element | null} */
let watched = null;

/** Watch from now on, once for each app. */
export function watchForEmptyPage() {
  const app = globalThis.document?.querySelector("[data-testid=stApp]"); // none in the tests
  if (!app || app === watched) return;
  watched = app;
  let announced = ""; // once for each emptied page: one that has no title must not loop
  /** @type {ReturnType<typeof setTimeout>} */
  let look;
  const settled = () => {
    if (app.getAttribute("data-test-script-state") !== "notRunning") return;
    if (app.querySelector("h1")) announced = "";
    else if (announced !== location.href) {
      announced = location.href;
      globalThis.dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
    }
  };
  const later = () => {
    clearTimeout(look);
    look = setTimeout(settled, SETTLED_MS);
  };
  new MutationObserver(later).observe(app, { attributeFilter: ["data-test-script-state"] });
}
