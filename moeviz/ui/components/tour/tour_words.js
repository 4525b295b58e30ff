// What the tour says: captions with their figures, numbers, the picture in words. Pure.

import { percent } from "../shared/shared.js";

/** @typedef {import("./tour.js").Trace} Trace */

const FIGURE = /\{\{(\w+)\}\}/g;

/**
 * A text with its figures; each that it names must be given.
 * @param {string} text
 * @param {Record<string, string | number>} figures
 */
export const filled = (text, figures) =>
  text.replaceAll(FIGURE, (_, name) => {
    if (!(name in figures)) throw new Error(`no figure ${name} for: ${text}`);
    return String(figures[name]);
  });

/** A token for the eye: without the blank before a word. @param {string} token */
export const shown = (token) => token.trim() || "␣";

/** At most so many characters of a text. @param {string} text @param {number} most */
export const cut = (text, most) =>
  [...text].length > most ? [...text].slice(0, most - 1).join("") + "…" : text;

/** A guess of the next token; one that is a blank is seen. @param {string} token */
export const quoted = (token) => `“${cut(token.trim() ? token : "␣", 8)}”`;

/** A score or a gate weight: two digits. @param {number} value */
export const weight = (value) => value.toFixed(2);

/** @param {number} value */
export const whole = (value) => value.toLocaleString("en");

/**
 * The figures that captions may name, for the token that is followed.
 * @param {Trace} trace
 * @param {number} token
 * @param {number} experts of the sliders, or of the model
 * @param {number | null} guess
 */
export const figuresOf = (trace, token, experts, guess) => ({
  token: shown(trace.tokens[token]),
  expert: trace.experts[token][0],
  weight: weight(trace.gate_weights[token][0]),
  experts,
  guess: guess ?? "–",
});

/**
 * What the picture shows, for those who do not see it.
 * @param {Trace} trace
 * @param {number} token
 * @param {boolean} answers whether it shows which expert is chosen
 */
export function pictureWords(trace, token, answers) {
  const text = shown(trace.tokens[token]);
  const scores = trace.scores[token];
  const sent = trace.experts[token].map((expert, k) =>
    `expert ${expert} (gate weight ${weight(trace.gate_weights[token][k])})`
  );
  const next = trace.next[token].map(([word, share]) => `${quoted(word)} ${percent(share)}`);
  const scored = scores.map((score, e) => `${e}: ${weight(score)}`).join(", ");
  return [
    `${trace.tokens.length} tokens enter.`,
    `Attention lets “${text}” look at earlier tokens and gives it a vector.`,
    answers
      ? `A router scores ${scores.length} experts and sends the vector to ${sent.join(" and ")}. ` +
        "The weighted output is added to the vector."
      : `A router scores ${scores.length} experts: ${scored}.`,
    `The model then guesses the next token: ${next.join(", ")}.`,
  ].join(" ");
}

/**
 * The table behind the picture: a row for each token.
 * @param {Trace} trace
 */
export const tableOf = (trace) => ({
  header: ["Token", "Expert", "Gate weight", "Second best", "Its score", "Likeliest next", "Share"],
  rows: trace.tokens.map((token, t) => {
    const scores = trace.scores[t];
    const order = scores.map((_, e) => e).sort((a, b) => scores[b] - scores[a]);
    const other = order.find((e) => !trace.experts[t].includes(e));
    const [next, share] = trace.next[t][0];
    return [
      shown(token),
      trace.experts[t].join(", "),
      trace.gate_weights[t].map(weight).join(", "),
      other === undefined ? "–" : String(other),
      other === undefined ? "–" : weight(scores[other]),
      quoted(next),
      percent(share),
    ];
  }),
});
