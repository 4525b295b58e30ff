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
  write(withParameters(location.search, parameters).slice(1));
}

/** @param {string} query */
function write(query) {
  const { pathname, search, hash } = location;
  written = query ? `?${query}` : "";
  if (written !== search) history.replaceState(history.state, "", pathname + written + hash);
}

/** Let *back* lead to the address as it is now. */
export const keepAddress = () => history.pushState(history.state, "", location.href);

/**
 * Let an address say these parameters instead of those that were asked with it. What was set here
 * since stays. An address that says anything else is left as it is.
 * @param {Record<string, string>} parameters
 * @param {Record<string, string[]>} asked none: the menu's bare address
 */
export function completeAddress(parameters, asked) {
  const query = new URLSearchParams(location.search);
  const own = [...query.keys()].filter((name) => !name.startsWith("embed")); // Streamlit's own
  const as = (/** @type {string} */ name) =>
    String(query.getAll(name)) === String(asked[name] ?? []);
  const names = [...new Set([...own, ...Object.keys(asked)])];
  if (!names.every(as) && location.search !== written) return;
  const changed = [...new Set([...Object.keys(asked), ...Object.keys(parameters)])].filter(as);
  if (query.get(PRESET) === NONE) query.delete(PRESET); // the page knows what is as usual
  for (const name of changed) query.delete(name);
  for (const name of changed) if (name in parameters) query.set(name, parameters[name]);
  write(query.toString());
}
