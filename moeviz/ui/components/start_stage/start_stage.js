// The start page's stage: two models, a load-balancing switch above each, four knobs, the loss.
//
// Everything goes by the live channel: no script runs while models train.

import { drawLoadBars } from "../load_bars/load_bars.js";
import { buildBalanceSwitch } from "../live_run/balance_switch.js";
import { buildKnobs } from "../live_run/knobs.js";
import { barsOf, lineOf } from "../live_run/pictures.js";
import { pageRun } from "../live_run/run_control.js";
import { buildLines, stageIn } from "../live_run/stage.js";
import { buildOffNote } from "../live_run/off_notes.js";
import { buildTransport } from "../live_run/transport.js";
import { noStepWords } from "../live_run/words.js";
import { firstPicture } from "../shared/first_picture.js";
import { el, setText } from "../shared/shared.js";
import { setProse } from "../shared/term.js";
import { buildFacts } from "./start_facts.js";
import { learningWords } from "./start_words.js";
import { buildWrites } from "./start_writes.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {import("../channel/run_state.js").Arm} Arm */

const BARS_HEIGHT = 156;
const CHART_HEIGHT = 230;

export default stageIn(".start-stage", new URL("./start_stage.css", import.meta.url), build);

/** @param {HTMLElement} root @param {any} first */
function build(root, first) {
  const control = pageRun();
  let data = first;
  let layer = 0;
  let chosen = false;

  const lines = buildLines(root, control);
  const { onOutcome } = lines;
  const learning = el("p", "learning");
  const transport = buildTransport(control, { stepping: false, onOutcome });
  const knobs = buildKnobs(control, data.knobs, { linked: false });
  const strip = el("div", "strip");
  strip.append(transport.node, knobs.node);

  const heads = el("div", "model-heads");
  const bars = el("div", "bars load-bars");
  const notes = el("div", "model-notes");
  const models = el("div", "models");
  models.append(heads, bars, notes);
  const writes = buildWrites(control, data.writes);
  root.nextElementSibling?.replaceChildren(writes.node); // below the stage, which fits a laptop
  const plot = el("div", "loss");
  const reading = el("p", "reading");
  setProse(reading, data.reading);
  const side = el("div", "side");
  side.append(lines.standing, plot, reading);
  const stage = el("div", "stage");
  stage.append(models, side);
  root.replaceChildren(learning, lines.barred, strip, lines.said, stage);
  const charts = chartsAfterFirstPicture(plot, {
    height: CHART_HEIGHT,
    compact: true,
    fileName: "moeviz-cross-entropy",
    title: "Cross-entropy of both models over training steps",
  });
  /** @type {{switches: any[], layers: any, notes: any[], shape: string}} */
  let parts = { switches: [], layers: null, notes: [], shape: "" };

  /** @param {RunState} state */
  const fit = (state) => {
    const shape = JSON.stringify(state.arms.map((arm) => [arm.name, arm.dense, arm.n_layers]));
    if (shape === parts.shape) return;
    const layers = Math.max(1, ...state.arms.map((arm) => arm.dense ? 0 : arm.n_layers));
    if (!chosen || layer >= layers) layer = layers - 1;
    parts = { ...buildHeads(state, layers), notes: buildNotes(state), shape };
  };
  /** @param {RunState} state @param {number} layers */
  const buildHeads = (state, layers) => {
    const switches = state.arms.map((arm) => {
      const head = el("div", "model-head");
      head.append(el("h2", "", `Model ${arm.name}`));
      if (arm.dense) return { head, update: () => {} };
      const made = buildBalanceSwitch(control, arm.name, { on: data.balancer, onOutcome });
      head.append(made.node);
      return { head, update: made.update };
    });
    const choice = buildLayers(layers, () => layer, (next) => {
      layer = next;
      chosen = true;
      show(control.state);
    });
    heads.replaceChildren(...switches.map(({ head }) => head));
    heads.style.setProperty("--models", String(state.arms.length));
    notes.style.setProperty("--models", String(state.arms.length));
    models.insertBefore(choice.node, bars);
    parts.layers?.node.remove();
    return { switches, layers: choice };
  };
  /** @param {RunState} state */
  const buildNotes = (state) => {
    const made = state.arms.map((arm) =>
      note(
        buildFacts(data.facts, data.window_steps),
        buildOffNote(control, arm.name, { words: data.switched_off, onOutcome }),
      )
    );
    notes.replaceChildren(...made.map(({ node }) => node));
    return made;
  };

  /** @param {RunState | null} state */
  const show = (state) => {
    lines.show(state);
    transport.update();
    knobs.update();
    if (!state) return;
    setText(learning, learningWords(state.arms, data.learning));
    fit(state);
    parts.switches.forEach(({ update }) => update());
    parts.layers.update();
    const { dead, window_steps: windowSteps } = data;
    drawLoadBars(
      bars,
      barsOf(state, {
        layers: [layer],
        dead,
        windowSteps,
        placeholder: noStepWords(state, "Press Start"),
        height: BARS_HEIGHT,
        bare: true,
      }),
    );
    state.arms.forEach((arm, i) =>
      parts.notes[i].show(arm, layer, state.step, noStepWords(state, "Not started"))
    );
    writes.show(state);
    charts.update(lossModel(state, data));
  };
  const stop = lines.listen(show, knobs.settle);
  return {
    /** @param {any} next @param {import("../live_run/stage.js").Tell} tell */
    take(next, tell) {
      data = next;
      lines.take(next.run, tell);
      show(control.state);
    },
    end() {
      stop();
      writes.end();
      transport.end();
      charts.destroy();
    },
  };
}

/** @param {number} count @param {() => number} shown @param {(layer: number) => void} choose */
function buildLayers(count, shown, choose) {
  const node = el("div", "layer-choice");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", "Layer that the bars show");
  node.append(el("span", "", "Share of the tokens that each expert gets, layer"));
  const buttons = Array.from({ length: count }, (_, layer) => {
    const button = el("button", "", `${layer}`);
    button.type = "button";
    button.addEventListener("click", () => choose(layer));
    return button;
  });
  node.append(...buttons);
  const update = () =>
    buttons.forEach((button, layer) =>
      button.setAttribute("aria-pressed", String(layer === shown()))
    );
  return { node, update };
}

/**
 * What is happening in a model, in words and numbers.
 * @param {ReturnType<typeof buildFacts>} facts
 * @param {ReturnType<typeof buildOffNote>} off
 */
function note(facts, off) {
  const node = el("section", "model-note");
  const heading = el("h3");
  const sentence = el("p", "sentence");
  const measures = el("p", "fact measures");
  node.append(heading, sentence, facts.node, measures, off.node);
  return {
    node,
    /**
     * @param {Arm} arm
     * @param {number} layer that the bars show
     * @param {number} step
     * @param {string} none without a step
     */
    show(arm, layer, step, none) {
      facts.show(arm, layer, step);
      off.show(arm);
      heading.dataset.model = arm.name;
      const words = arm.words?.layers?.[layer] ?? arm.words;
      node.dataset.verdict = words?.verdict ?? "none";
      setText(heading, words?.heading ?? none);
      setText(sentence, words?.sentence ?? arm.summary);
      setText(measures, words?.measures ?? "");
    },
  };
}

/**
 * The charts come after the page's first picture: their modules are half of all that it loads.
 * @param {HTMLElement} plot
 * @param {import("../live_charts/live_charts.js").Options} options
 */
function chartsAfterFirstPicture(plot, options) {
  /** @type {any} */
  let model = null;
  /** @type {ReturnType<import("../live_charts/live_charts.js").createLiveCharts> | null} */
  let made = null;
  let ended = false;
  const load = async () => {
    const { createLiveCharts } = await import("../live_charts/live_charts.js");
    if (ended) return;
    made = createLiveCharts(plot, options);
    if (model) made.update(model);
  };
  firstPicture().then(load);
  return {
    /** @param {any} next */
    update(next) {
      model = next;
      made?.update(next);
    },
    destroy() {
      ended = true;
      made?.destroy();
    },
  };
}

/** @param {RunState} state @param {any} data @returns {any} what the charts update with */
function lossModel(state, data) {
  return {
    rows: [{
      kind: "lines",
      label: "Cross-entropy, nats per token (lower is better)",
      term: { id: "cross-entropy", shown: "Cross-entropy" },
      bounds: null,
      series: state.arms.map((arm, i) => ({
        name: arm.name,
        colour: data.arm_colours[i % data.arm_colours.length],
        dash: false,
        ...lineOf(arm, "cross_entropy"),
      })),
    }],
    marks: state.marks.map(([step, label]) => ({ step, label })),
    lastStep: state.step,
    placeholder: noStepWords(state, "No step yet"),
  };
}
