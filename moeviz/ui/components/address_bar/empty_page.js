// Streamlit empties a page when a fragment of the page before it is asked for in the moment in which
// the reader leaves: the request still names the old page, and what the server says of it comes after
// the new page. All that is left then is what stands on every page. The location knows which page is
// meant, so it is announced again, as *Back* would.

/** Between the end of a run of the script and what it leaves on the page. */
const SETTLED_MS = 300;

/** @type {Element | null} */
let watched = null;

/** Watch from now on, once for each app. */
export function watchForEmptyPage() {
  const app = globalThis.document?.querySelector("[data-testid=stApp]"); // none in the tests
  if (!app || app === watched) return;
  watched = app;
  let announced = ""; // never twice in a row: a page that has no title is not asked for without end
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
