// Asking the page's script for something until it has come.

/**
 * Streamlit reruns one fragment for all that is triggered at the same moment: a trigger can take the
 * place of another one, whose rerun then does not come.
 */
const AGAIN_MS = 5000;

/**
 * Ask now, and again and again; returns what ends it.
 * @param {() => void} ask
 * @param {() => boolean} hasCome  looked at before asking again
 */
export function askAgain(ask, hasCome = () => false) {
  /** @type {ReturnType<typeof setTimeout>} */
  let again;
  const later = () => {
    again = setTimeout(() => {
      if (hasCome()) return;
      ask();
      later();
    }, AGAIN_MS);
  };
  ask();
  later();
  return () => clearTimeout(again);
}
