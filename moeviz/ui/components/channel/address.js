// The page's address follows what is pressed: parameters are set or left out in place, so that a
// reload shows the same and "back" does not walk through presses.

const [PRESET, NONE] = ["preset", "none"];

/**
 * The query with these parameters set, or left out where the text is null; others stay.
 *
 * Where none is left it says `preset=none`. To the page an address without a query is the menu's,
 * which keeps what the page knew: a knob that was turned back to its default would come back turned.
 * Beside another parameter it says nothing and goes.
 * @param {string} search
 * @param {Record<string, string | null>} parameters
 */
export function withParameters(search, parameters) {
  const query = new URLSearchParams(search);
  if (query.get(PRESET) === NONE) query.delete(PRESET);
  for (const [name, text] of Object.entries(parameters)) {
    if (text === null) query.delete(name);
    else query.set(name, text);
  }
  const text = query.toString();
  return text ? `?${text}` : search ? `?${PRESET}=${NONE}` : "";
}

/**
 * Let the address say a value; where that is what it means anyway, the parameter is left out.
 * @param {{url: string, default: string}} parameter its name, and the text that it need not say
 * @param {string} text
 */
export const addressed = (parameter, text) => ({
  [parameter.url]: text === parameter.default ? null : text,
});

/** What the address says by a parameter, or null. @param {string} name */
export const parameter = (name) => new URLSearchParams(location.search).get(name);

let written = ""; // the query as it was set here last

/** @param {Record<string, string | null>} parameters */
export function setParameters(parameters) {
  const { pathname, search, hash } = location;
  written = withParameters(search, parameters);
  if (written !== search) history.replaceState(history.state, "", pathname + written + hash);
}

/** Let *back* lead to the address as it is now. */
export const keepAddress = () => history.pushState(history.state, "", location.href);

/**
 * Let a bare address say these parameters, those that were set here since included. An address that
 * says anything of its own is left as it is.
 * @param {Record<string, string>} parameters
 */
export function completeAddress(parameters) {
  const query = new URLSearchParams(location.search);
  const bare = [...query.keys()].every((name) => name.startsWith("embed")); // Streamlit's own
  if (!bare && location.search !== written) return;
  setParameters(
    Object.fromEntries(Object.entries(parameters).filter(([name]) => !query.has(name))),
  );
}
