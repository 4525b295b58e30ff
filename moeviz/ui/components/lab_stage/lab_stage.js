// The training lab's stage: buttons, knobs, bars, charts, words and numbers of one run, live.

import { drawLoadBars } from "../load_bars/load_bars.js";
import { createLiveCharts } from "../live_charts/live_charts.js";
import { buildBalanceSwitches } from "../live_run/balance_switch.js";
import { buildGoBack } from "../live_run/go_back.js";
import { buildKnobs } from "../live_run/knobs.js";
import { buildOffNotes } from "../live_run/off_notes.js";
import { barsOf } from "../live_run/pictures.js";
import { pageRun } from "../live_run/run_control.js";
import { buildShare } from "../live_run/share.js";
import { buildLines, stageIn } from "../live_run/stage.js";
import { buildTransport } from "../live_run/transport.js";
import { buildUntil } from "../live_run/until.js";
import { noStepWords } from "../live_run/words.js";
import { el } from "../shared/shared.js";
import { buildNumbers } from "./lab_numbers.js";
import { buildView, chartModel } from "./lab_view.js";
import { buildWords } from "./lab_words.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */

const CHARTS_HEIGHT = "clamp(380px, 100vh - 420px, 560px)"; // the stage is whole at 800 pixels

export default stageIn(".lab-stage", new URL("./lab_stage.css", import.meta.url), build);

/** @param {HTMLElement} root @param {any} first */
function build(root, first) {
  const control = pageRun();
  let data = first;
  const lines = buildLines(root, control);
  const { onOutcome } = lines;

  const until = buildUntil(control, data, async (text) => {
    if (control.state?.trains) onOutcome(await control.press("start", { until: text }));
  });
  const transport = buildTransport(control, { stepping: true, until: until.text, onOutcome });
  const goBack = buildGoBack(control, { onOutcome, onNews: lines.onNews });
  const share = buildShare(control);
  const view = buildView(data, () => show(control.state));
  const switches = buildBalanceSwitches(control, { on: data.balancer, onOutcome });
  const strip = el("div", "strip");
  strip.append(transport.node, until.node, switches.node, goBack.node, view.node, share.node);
  const firstKnobs = buildKnobs(control, data.knobs, { linked: true });
  const more = el("details", "more");
  const moreKnobs = buildKnobs(control, data.more_knobs, { linked: true });
  more.append(el("summary", "", "More knobs"), moreKnobs.node);

  const bars = el("div", "bars load-bars");
  const words = buildWords(data);
  const off = buildOffNotes(control, { words: data.switched_off, onOutcome });
  const left = el("div", "left");
  left.append(bars, off.node, words.story);
  const plot = el("div", "charts");
  const right = el("div", "right");
  right.append(words.models, words.promises, plot);
  const numbers = buildNumbers(data);
  const stage = el("div", "stage");
  stage.append(left, right);
  const under = el("div", "under");
  under.append(more, lines.standing);
  root.replaceChildren(
    lines.barred,
    strip,
    firstKnobs.node,
    under,
    lines.said,
    stage,
    numbers.node,
  );
  const charts = createLiveCharts(plot, {
    height: CHARTS_HEIGHT,
    compact: false,
    fileName: "moeviz-charts",
    title: "Cross-entropy, balance and load over training steps",
  });

  /** @param {RunState | null} state */
  const show = (state) => {
    lines.show(state);
    transport.update();
    until.update();
    firstKnobs.update();
    if (more.open) moreKnobs.update();
    goBack.update();
    share.update();
    switches.update();
    if (!state) return;
    off.show(state.arms);
    const { dead, window_steps: windowSteps } = data;
    const placeholder = noStepWords(state, "No step yet");
    drawLoadBars(bars, barsOf(state, { dead, windowSteps, placeholder }));
    view.fit(state);
    charts.update(chartModel(state, data, view.chosen()));
    words.show(state);
    numbers.show(state);
  };
  more.addEventListener("toggle", () => moreKnobs.update());
  const stop = lines.listen(show, () => [firstKnobs, moreKnobs].forEach((each) => each.settle()));
  return {
    /** @param {any} next @param {import("../live_run/stage.js").Tell} tell */
    take(next, tell) {
      data = next;
      lines.take(next.run, tell);
      until.take(next);
      view.take(next);
      words.take(next);
      numbers.take(next);
      show(control.state);
    },
    end() {
      stop();
      control.limit = null;
      transport.end();
      charts.destroy();
    },
  };
}
