// The page's address follows what is pressed: parameters are set or left out in place, so that a
// reload shows the same and "back" does not walk through presses.

/**
 * The query with these parameters set, or left out where the text is null; others stay.
 * @param {string} search
 * @param {Record<string, string | null>} parameters
 */
export function withParameters(search, parameters) {
  const query = new URLSearchParams(search);
  for (const [name, text] of Object.entries(parameters)) {
    if (text === null) query.delete(name);
    else query.set(name, text);
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** @param {Record<string, string | null>} parameters */
export function setParameters(parameters) {
  const { pathname, search, hash } = location;
  const wanted = withParameters(search, parameters);
  if (wanted !== search) history.replaceState(history.state, "", pathname + wanted + hash);
}
