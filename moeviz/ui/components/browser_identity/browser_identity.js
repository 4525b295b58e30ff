// A random name for this browser, so that it finds its own runs again. Nobody else reads it.

const KEY = "moeviz.browser";

export default function browserIdentity({ data, parentElement, setStateValue }) {
  const identity = kept(data.offered);
  const heard = data.whole && data.known === identity;
  parentElement.querySelector(".browser-identity")?.toggleAttribute("data-heard", heard);
  if (data.known !== identity) setStateValue("identity", identity);
  return undefined;
}

/** From localStorage; where that is denied, from this tab alone. A new browser takes the offer. */
function kept(offered) {
  try {
    const found = localStorage.getItem(KEY);
    if (/^[0-9a-f]{32}$/.test(found ?? "")) return found;
    const made = offered ?? fresh();
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return (globalThis.moevizBrowser ??= offered ?? fresh());
  }
}

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
