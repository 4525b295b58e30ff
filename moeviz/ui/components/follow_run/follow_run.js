// Asks the fragment that holds it to draw a run's newer step, now and again while it trains and is
// seen. Shows nothing.

import { channel } from "../channel/channel.js";
import { Pace } from "./follow_run_pace.js";

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * @typedef {object} Data
 * @property {{id: string, token: string, view: string}} run
 * @property {number} shown  the step that the page shows
 * @property {number | null} answered  the last step that it was asked for
 * @property {number} every_ms  between two askings, at least
 */

/** @typedef {ReturnType<typeof build>} View */

/** @param {Component<Data>} component */
export default function followRun({ data, parentElement, setTriggerValue }) {
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".follow-run");
  if (!root) return undefined;
  root.view ??= build();
  const { view } = root;
  view.take(data, (step) => setTriggerValue("newer", step));
  return () => setTimeout(() => root.isConnected || view.end());
}

function build() {
  let tell = (/** @type {number} */ _) => {};
  let followed = "";
  let leave = () => {};
  const pace = new Pace((step) => tell(step));
  const look = () => pace.see(!document.hidden);
  document.addEventListener("visibilitychange", look);
  look();

  /** @param {Data["run"]} run */
  const follow = (run) => {
    const named = JSON.stringify([run.id, run.token]);
    if (named === followed) return;
    followed = named;
    leave();
    leave = channel().watch({ run: run.id, token: run.token, view: run.view }, {
      onState: ({ step }) => pace.hear(step),
    });
  };
  return {
    /** @param {Data} data @param {(step: number) => void} teller */
    take(data, teller) {
      tell = teller;
      pace.take(data);
      follow(data.run);
    },
    end() {
      document.removeEventListener("visibilitychange", look);
      leave();
      pace.end();
    },
  };
}
