// A run's line on a page that questions its model: a button that trains it or lets it pause, how it
// stands, how far it is on its way to a goal.
//
// It acts and follows by the live channel. The page's script hears when the run begins or ends to
// train, so that the rest of the page agrees. Text reaches the page by textContent alone.

import { sayAlone } from "../live_run/one_message.js";
import { RunControl } from "../live_run/run_control.js";
import { channelWords, ended, statusLine } from "../live_run/words.js";
import { adoptStyles, button, el, setAttribute, setText } from "../shared/shared.js";
import { Agreement, goalOf, shareDone, untilText } from "./run_line_goal.js";

/** @import { Component, Root } from "../shared/shared.js" */
/** @import { Outcome } from "../channel/channel.js" */
/** @import { RunData } from "../live_run/run_control.js" */
/** @import { Start } from "./run_line_goal.js" */

/**
 * @typedef {object} Data
 * @property {RunData} run
 * @property {boolean} trains  whether it trained when the page was drawn
 * @property {number} goal  the step that it was then on its way to; 0: none was known
 * @property {number} span  steps of the whole way to a goal
 * @property {Start | null} start  null: it may only be paused here
 * @property {string} pause  the button's label while it trains
 * @property {string} help
 * @property {string} why_not  said where this page may not act on the run
 */

/** @typedef {ReturnType<typeof build>} View */

const STYLES = ["../live_run/live_run.css", "run_line.css"];

/** @param {Component<Data>} component */
export default async function runLine({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, ...STYLES.map((path) => new URL(path, import.meta.url)));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".run-line");
  if (!root) return undefined;
  root.view ??= build(root, data);
  const { view } = root;
  view.take(data, (value) => setTriggerValue("changed", value));
  return () => setTimeout(() => root.isConnected || view.end());
}

/** @param {HTMLElement} root @param {Data} first */
function build(root, first) {
  const control = new RunControl();
  const agreement = new Agreement();
  let data = first;
  let tell = (/** @type {unknown} */ _) => {};
  let goal = 0;
  let waiting = 0;
  let was = false;
  let gone = "";

  const [buttons, press, standing] = [el("div", "transport"), button(), el("div", "standing")];
  const [line, way, done, said] = [el("p"), el("div", "way"), el("div", "done"), el("p", "said")];
  const whyNot = el("p", "why-not");
  whyNot.id = "why-not";
  buttons.append(press);
  way.setAttribute("role", "progressbar");
  way.setAttribute("aria-label", "Progress to the step at which the run pauses");
  way.append(done);
  standing.append(line, way);
  said.setAttribute("role", "status");
  root.replaceChildren(buttons, standing, whyNot, said);

  /** The run's state; null before there is one, or while another run's is still there. */
  const state = () => control.state?.run === control.run?.id ? control.state : null;
  const going = () => {
    const now = state();
    return now ? now.trains : data.trains;
  };

  press.addEventListener("click", async () => {
    const now = state();
    if (!now || press.disabled) return;
    waiting += 1;
    show();
    const outcome = going() ? await control.press("pause") : await start(now.step);
    waiting -= 1;
    setText(said, outcome.ok ? "" : outcome.why ?? "");
    show();
  });
  /** @param {number} step @returns {Promise<Outcome>} */
  const start = async (step) => {
    if (!data.start) return { ok: false, why: "This page cannot start this run." };
    const wanted = goalOf(step, data.start);
    const outcome = await control.press("start", { until: untilText(wanted, data.start) });
    if (outcome.ok) goal = wanted;
    return outcome;
  };

  const show = () => {
    const now = state();
    const on = going();
    if (was && !on) goal = 0;
    was = on;
    setText(line, gone || channelWords(control.status) || statusLine(now));
    setText(press, on ? data.pause : data.start?.label ?? "");
    press.hidden = !on && !data.start;
    press.classList.toggle("main", !on && now?.step === 0);
    press.disabled = !control.ready || !now || ended(now);
    press.title = data.help;
    const watches = control.run?.control === false;
    setText(whyNot, watches ? data.why_not : "");
    press.toggleAttribute("aria-describedby", watches);
    if (watches) press.setAttribute("aria-describedby", whyNot.id);
    setAttribute(press, "aria-busy", waiting > 0);
    const share = now && on ? shareDone(now.step, goal, data.span) : null;
    way.hidden = share === null;
    done.style.width = `${100 * (share ?? 0)}%`;
    setAttribute(way, "aria-valuenow", Math.round(100 * (share ?? 0)));
    setAttribute(way, "aria-valuetext", `step ${now?.step ?? 0} of ${goal}`);
    const { run } = data;
    const drawn = { run: run.id, trains: data.trains };
    const comes = data.trains && !now?.atRest; // a step that was begun before the run was to rest
    if (now && agreement.broken(drawn, { run: now.run, trains: on || comes })) {
      tell({ run: now.run, trains: on, goal: on ? goal : 0 });
    }
  };
  const stop = control.listen({
    onState: show,
    onStatus: (status) => {
      sayAlone(status === "lost");
      show();
    },
    onNews: (words) => setText(said, words),
    onGone: (why) => {
      gone = why;
      show();
      tell({ run: data.run.id, trains: false, goal: 0 });
    },
  });
  return {
    /** @param {Data} next @param {(value: unknown) => void} teller */
    take(next, teller) {
      if (next.run.id !== data.run.id || next.run.token !== data.run.token) gone = "";
      data = next;
      tell = teller;
      if (next.trains) goal = next.goal; // else it was drawn before the press, or for a run at rest
      control.take(next.run);
      show();
    },
    end: stop,
  };
}
