// The tour of Start: one picture, five steps, the reader's own text. The last step is the experiment.
//
// The browser alone decides which of the page's halves is shown: no script runs for a step.

import { parameter, setParameters } from "../channel/address.js";
import { channel } from "../channel/channel.js";
import { askAgain } from "../shared/ask_again.js";
import { pictureDrawn } from "../shared/first_picture.js";
import { adoptStyles, button, el, IN_A_FIELD } from "../shared/shared.js";
import { buildCard } from "./tour_card.js";
import { buildCosts } from "./tour_costs.js";
import { buildPicture } from "./tour_picture.js";
import { EXPERIMENT, isExperiment, keptOf, LAST, stepOf } from "./tour_view.js";
import { figuresOf, filled } from "./tour_words.js";

/**
 * @typedef {object} Trace what the picture shows of a text; see `moeviz/analysis/tour.py`
 * @property {number} step
 * @property {number} layer said by the note, in words of the page
 * @property {number} n_tokens
 * @property {string[]} tokens
 * @property {number[][]} vectors
 * @property {number[][]} scores
 * @property {number[][]} experts
 * @property {number[][]} gate_weights
 * @property {[string, number][][]} next
 */
/**
 * @typedef {object} Own what is known of the reader's own text
 * @property {string} text
 * @property {Trace} [trace]
 * @property {string} [refusal]
 * @property {{id: string, token: string, view: string}} [run] that trains for it
 */
/** @typedef {{state: (name: string, value: unknown) => void}} Tell */

const KEPT = "moeviz.tour";
const STYLES = new URL("./tour.css", import.meta.url);

/** @param {import("../shared/shared.js").Component<any>} component */
export default async function tour({ data, parentElement, setTriggerValue }) {
  /** @type {import("../shared/shared.js").Root<ReturnType<typeof build>> | null} */
  const root = parentElement.querySelector(".tour");
  if (!root) return undefined;
  if (!root.view) choose(firstStep(data)); // before anything is drawn, so that the right half is
  await adoptStyles(parentElement, STYLES);
  root.view ??= build(root, data);
  const { view } = root;
  view.take(data, setTriggerValue);
  return () => setTimeout(() => root.isConnected || view.end());
}

const remembered = () => {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing shows the tour each time
  }
};

/** @param {number} step */
const remember = (step) => {
  try {
    localStorage.setItem(KEPT, keptOf(step));
  } catch {
    // as above
  }
};

/** @param {any} data */
const firstStep = (data) => stepOf(location.search, data.plain, remembered());

/** Show the half of the page that a step is in. @param {number} step */
function choose(step) {
  document.documentElement.dataset.start = isExperiment(step) ? "experiment" : "tour";
  document.documentElement.dataset.tourStep = String(step);
}

/** @param {HTMLElement} root @param {any} first */
function build(root, first) {
  let data = first;
  let step = firstStep(first);
  /** @type {number | null} the expert that was tapped for this token; -1: the reader asked */
  let guess = null;
  let token = first.followed;
  let ownShown = false;
  let search = location.search;
  /** @type {(name: string, value: unknown) => void} */
  let tell = () => {};
  let asked = ""; // the own text that the script was last told of
  /** @type {Trace | null} the answer that was shown last */
  let answered = null;
  let stopAsking = () => {};
  let failed = false; // the run that trains for it
  let left = 0; // steps until the own text is answered
  let followed = "";
  let leave = () => {};

  const go = (/** @type {number} */ next) => {
    if (next === step) return;
    if (step === 3 || next === 3) guess = null;
    step = next;
    remember(step);
    setParameters({ tour: step === EXPERIMENT ? null : String(step) });
    search = location.search;
    show();
    if (isExperiment(step)) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };
  const onward = () => {
    if (step === 3 && guess === null) {
      guess = -1;
      show();
    } else if (step < LAST) go(step + 1);
  };
  const card = buildCard(data.words, {
    next: onward,
    back: () => go(step - 1),
    skip: () => go(EXPERIMENT),
    own: (text) => {
      asked = text;
      ownShown = true;
      left = 0;
      if (failed) followed = ""; // the script may name the same run
      failed = false;
      ask(() => ownOf() !== null);
      show();
    },
    example: () => {
      ownShown = false;
      token = data.followed;
      guess = null;
      card.own.set(data.example);
      show();
    },
  });
  card.own.set(data.example);
  const costs = buildCosts(data.costs, data.experts, data.top_k, () => show());
  const released = el("p", "released", data.released);
  const extra = el("div", "extra");
  extra.append(costs.sliders, costs.meters, released);
  card.room.append(extra);
  const picture = buildPicture({
    onToken: (t) => {
      if (t !== token) guess = null;
      token = t;
      show();
    },
    onExpert: (e) => {
      if (step !== 3 || guess !== null) return;
      guess = e;
      show();
    },
  });
  const tourHalf = el("div", "half");
  const heading = el("h1", "", data.words.title);
  const lead = el("p", "lead", data.words.lead);
  const stage = el("div", "stage");
  const left_ = el("div", "seen");
  left_.append(picture.node, picture.table);
  stage.append(card.node, left_, card.own.node);
  tourHalf.append(heading, lead, stage);
  const strip = buildStrip(data.words, { back: () => go(LAST - 1), close: () => go(EXPERIMENT) });
  const again = button("again", data.words.again);
  again.addEventListener("click", () => go(1));
  root.replaceChildren(tourHalf, strip, again);

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== " " || event.repeat || isExperiment(step) || !root.isConnected) return;
    const [target] = event.composedPath();
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (target instanceof Element && target.closest(`${IN_A_FIELD}, [role=button]`)) return;
    event.preventDefault();
    onward();
  };
  document.addEventListener("keydown", onKey);

  const show = () => {
    choose(step);
    tourHalf.hidden = isExperiment(step);
    strip.hidden = step !== LAST;
    again.hidden = step !== EXPERIMENT;
    if (isExperiment(step)) return;
    const own = ownOf();
    const trace = own?.trace && ownShown ? own.trace : data.trace;
    if (trace !== answered && trace !== data.trace) token = trace.tokens.length - 1;
    if (trace !== answered) guess = null; // it was a guess for a token of another text
    answered = trace;
    token = Math.min(token, trace.tokens.length - 1);
    const figures = figuresOf(trace, token, step === 4 ? costs.experts() : data.experts, guess);
    const asks = step === 3 && guess === null;
    const right = step === 3 && guess !== null && guess >= 0 ? guess === figures.expert : null;
    card.show(step, figures, { asks, right });
    extra.hidden = step !== 4;
    card.own.show(
      (ownShown && own?.refusal) || "",
      trace.n_tokens > trace.tokens.length
        ? filled(data.words.own.part, { shown: trace.tokens.length, all: trace.n_tokens })
        : "",
      ownShown,
    );
    picture.show({
      ...{ trace, token, step, guess, colours: data.colours, inks: data.inks },
      note: noteOf(own, trace),
    });
    pictureDrawn();
  };
  /** What is known of the text that was asked last. @returns {Own | null} */
  const ownOf = () => data.own && data.own.text === asked ? data.own : null;
  /** @param {Own | null} own @param {Trace} trace */
  const noteOf = (own, trace) => {
    if (trace !== data.trace) return data.words.live;
    if (!ownShown || own?.refusal) return data.words.recorded;
    if (failed) return data.words.own.failed;
    return left > 0
      ? filled(data.words.own.waiting, { left, steps: data.trained_steps })
      : data.words.own.asking;
  };
  /** Ask the script for the own text until this has come. @param {() => boolean} hasCome */
  const ask = (hasCome) => {
    stopAsking();
    stopAsking = askAgain(() => tell("text", asked), hasCome);
  };
  /** Follow the run that trains for the own text; when it is done the script is asked again. */
  const follow = () => {
    const run = ownOf()?.run;
    const named = run ? JSON.stringify([run.id, run.token]) : "";
    if (named === followed) return;
    followed = named;
    leave();
    leave = () => {};
    if (!run) return;
    left = data.trained_steps;
    let told = false;
    leave = channel().watch({ run: run.id, token: run.token, view: run.view }, {
      onGone: () => {
        failed = true;
        show();
      },
      onState: ({ step: done, state }) => {
        failed = state === "failed";
        left = Math.max(0, data.trained_steps - done);
        if (left === 0 && !told) {
          told = true;
          ask(() => Boolean(ownOf()?.trace || ownOf()?.refusal));
        }
        show();
      },
    });
  };
  show();
  return {
    /** @param {any} next @param {(name: string, value: unknown) => void} teller */
    take(next, teller) {
      data = next;
      tell = teller;
      const [bare, moved] = [!location.search, location.search !== search];
      search = location.search;
      // A link, or back. An address is also completed in place, to a bare one too: no news.
      if (moved && !bare && parameter("tour") !== String(step)) {
        const wanted = firstStep(data);
        if (!(wanted === EXPERIMENT && isExperiment(step))) step = wanted;
      }
      follow();
      show();
    },
    end() {
      document.removeEventListener("keydown", onKey);
      leave();
      stopAsking();
      picture.end();
    },
  };
}

/** The last step's words above the experiment. @param {any} words @param {{back: () => void, close: () => void}} acts */
function buildStrip(words, { back, close }) {
  const node = el("section", "strip");
  const { title, caption } = words.steps[LAST - 1];
  node.setAttribute("aria-label", title);
  const text = el("p");
  text.append(
    el("span", "count", `Step ${LAST} of ${LAST}`),
    el("b", "", title),
    document.createTextNode(caption),
  );
  const before = button("back", "Back");
  const done = button("quiet", "Close");
  before.addEventListener("click", back);
  done.addEventListener("click", close);
  node.append(text, before, done);
  return node;
}
