// What the live stages share: how they are mounted, and the lines around a picture that say how its
// run and the channel stand.

import { adoptStyles, el, setText } from "../shared/shared.js";
import { sayAlone } from "./one_message.js";
import { pageRun } from "./run_control.js";
import { channelWords, lostKnobs, statusLine, watchWords } from "./words.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */
/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {(event: "gone" | "kept", run: string) => void} Tell */
/** @typedef {{take: (data: any, tell: Tell) => void, end: () => void}} View */

const ASK_EVERY_MS = 2000;
const MOST_ASKED = 30;

const STYLES = [
  "../shared/shared.css",
  "../shared/knob_input.css",
  "../load_bars/load_bars.css",
  "../live_charts/live_charts.css",
  "./live_run.css",
];

/**
 * A component that is built once in the node it finds, and then given what the page's script says.
 * @param {string} selector
 * @param {URL} styles its own, after those of all stages
 * @param {(root: HTMLElement, data: any) => View} build
 */
export function stageIn(selector, styles, build) {
  const all = [...STYLES.map((path) => new URL(path, import.meta.url)), styles];
  return async (/** @type {any} */ { data, parentElement, setTriggerValue }) => {
    pageRun(); // connects while the styles come
    await adoptStyles(parentElement, ...all);
    const root = parentElement.querySelector(selector);
    if (!root) return undefined;
    root.view ??= build(root, data);
    root.view.take(data, setTriggerValue);
    return () => setTimeout(() => root.isConnected || root.view.end());
  };
}

/**
 * The lines about a run: why nothing can be pressed in `barred`, refusals and news in `said`, how
 * the run stands in `standing`.
 * @param {HTMLElement} root
 * @param {RunControl} control
 */
export function buildLines(root, control) {
  const said = el("p", "said");
  said.setAttribute("role", "status");
  const lost = el("p", "channel-lost");
  lost.setAttribute("role", "alert");
  const watching = el("p", "watching");
  const barred = el("div");
  barred.append(lost, watching);
  const standing = el("p", "standing");
  /** @type {Tell} */
  let tell = () => {};
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let asking;
  let asked = 0; // since the run was last heard of
  let handed = ""; // the prepared run that the page's script was last told of
  return {
    said,
    barred,
    standing,
    /** Say why a press was refused. @param {any} outcome */
    onOutcome: (outcome) => setText(said, outcome.ok ? "" : outcome.why),
    /** Say what befell the run. @param {string} words */
    onNews: (words) => setText(said, words),
    /** @param {RunState | null} state */
    show(state) {
      setText(watching, watchWords(control.run));
      setText(standing, statusLine(state));
    },
    /**
     * What the page's script says of its run.
     * @param {import("./run_control.js").RunData} run
     * @param {Tell} tells it that the server has the run no more, or that the tab keeps to its own
     */
    take(run, tells) {
      tell = tells;
      const left = control.gone ? control.run?.id : undefined;
      const before = control.state;
      control.take(run, (kept) => tell("kept", kept));
      if (!control.gone) clearInterval(asking);
      if (left && left !== control.run?.id && said.textContent) {
        setText(said, `${said.textContent} The page shows a new run.`);
      } else if (left && left !== control.run?.id && before && control.state) {
        setText(said, lostKnobs(before, control.state));
      }
    },
    /**
     * Follow the run; returns what ends that.
     * @param {(state: RunState | null) => void} show
     * @param {() => void} onPress
     */
    listen(show, onPress) {
      const stop = control.listen({
        onState: (state) => {
          if (state && !control.gone) asked = 0;
          if (state && !state.begun && control.moved && handed !== state.run) {
            handed = state.run; // no address names it: the script must know it to keep to it
            tell("kept", state.run);
          }
          show(state);
        },
        onStatus: (status) => {
          setText(lost, channelWords(status));
          sayAlone(status === "lost");
          root.classList.toggle("away", status !== "open");
          show(control.state);
        },
        onGone: (why) => {
          setText(said, control.state?.begun ? why : "");
          show(control.state);
          // Until it answers: the script's own connection can come back later than the channel.
          const again = () => {
            if (++asked >= MOST_ASKED) clearInterval(asking);
            tell("gone", control.run?.id ?? "");
          };
          clearInterval(asking);
          asking = setInterval(again, ASK_EVERY_MS);
          again();
        },
        onNews: (words) => setText(said, words),
        onPress,
      });
      return () => {
        clearInterval(asking);
        sayAlone(false);
        stop();
      };
    },
  };
}
