// What a number field accepts, in the words of `Knob.parse` (moeviz/config.py), and where − and +
// lead. A table of texts holds the two parsers together (tests/fixtures/knob_texts.json). Pure:
// knows nothing of the page.

/**
 * The description of a number, as `described` (components/number_field) writes it.
 *
 * @typedef {object} NumberKnob
 * @property {string} name of the knob
 * @property {string} label what the field is called
 * @property {string} [shown] above the field, where not the whole label
 * @property {string} [mark] a letter in the field
 * @property {string} called what a refusal calls it
 * @property {"int" | "float" | "optional_float"} kind
 * @property {number | null} low null: no bound
 * @property {number | null} high
 * @property {number} multipleOf of whole numbers
 * @property {"even" | "doubling" | "1-2-5"} steps
 * @property {number} step of "even" (0: `multipleOf`); of "1-2-5", where + leads from 0
 * @property {string} noneMeans what none is called, of an optional number
 * @property {number} fromNone where − and + lead from none
 * @property {string} bound the accepted values in words
 * @property {string} help
 *
 * @typedef {{ok: true, value: number | null} | {ok: false, words: string}} Reading
 */

const WRITTEN = /^[+-]?[0-9.]+(e[+-]?[0-9]+)?$/i;
const WHOLE = /^[+-]?[0-9]+$/;
const DECIMAL = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i;
const BLANKS =
  "[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const AROUND = new RegExp(`^${BLANKS}+|${BLANKS}+$`, "g");
const MOST_DIGITS = 4300; // Python reads no longer whole number
const SHOWN = 60;
const ROUND = 12; // significant digits that a step keeps: 0.1 + 0.2 is 0.3

/**
 * The value that a text says, or why it is refused; agrees with `Knob.parse` on every text.
 *
 * @param {NumberKnob} knob
 * @param {string} text
 * @returns {Reading}
 */
export function parse(knob, text) {
  const word = text.replace(AROUND, "").toLowerCase();
  if (knob.kind === "optional_float" && isNone(knob, word)) return { ok: true, value: null };
  if (!WRITTEN.test(text)) return refused(knob, quoted(text));
  if (knob.kind === "int") {
    const digits = text.replace(/^[+-]/, "").length;
    if (!WHOLE.test(text) || digits > MOST_DIGITS) return refused(knob, quoted(text));
    return inside(knob, BigInt(text.replace("+", "")), text);
  }
  return DECIMAL.test(text) ? inside(knob, Number(text), text) : refused(knob, quoted(text));
}

/**
 * As `parse`, of what a person typed: blanks around it do not count, and nothing is none.
 *
 * @param {NumberKnob} knob
 * @param {string} typed
 * @returns {Reading}
 */
export function read(knob, typed) {
  const text = typed.replace(AROUND, "");
  return parse(knob, text === "" && knob.kind === "optional_float" ? "none" : text);
}

/**
 * A value as a field shows it; none is empty, and the field's placeholder names it.
 *
 * @param {number | null} value
 */
export const written = (value) => value === null ? "" : pythonFloat(value).replace(/\.0$/, "");

/**
 * A value as it is sent: `Knob.parse` reads it back.
 *
 * @param {number | null} value
 */
export const sent = (value) => value === null ? "none" : written(value);

/**
 * The value after a press of − (−1) or + (+1). From none both lead to `fromNone`; from the highest
 * + leads back to none, since no limit is more room than any limit.
 *
 * @param {NumberKnob} knob
 * @param {number | null} value
 * @param {-1 | 1} direction
 * @returns {number | null}
 */
export function stepped(knob, value, direction) {
  const [low, high] = [knob.low ?? -Infinity, knob.high ?? Infinity];
  if (value === null) return clamp(knob.fromNone, low, high);
  if (knob.kind === "optional_float" && direction > 0 && value >= high) return null;
  const next = {
    even: () => evenly(knob, value, direction),
    doubling: () => doubled(value, direction),
    "1-2-5": () => onLadder(value, direction, knob.step, low),
  }[knob.steps]();
  return clamp(next, low, high);
}

/** @param {NumberKnob} knob @param {string} word */
const isNone = (knob, word) => word === "none" || word === knob.noneMeans.toLowerCase();

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {number} value */
const rounded = (value) => Number(value.toPrecision(ROUND));

/** The next multiple of the step. @param {NumberKnob} knob @param {number} value @param {number} direction */
function evenly(knob, value, direction) {
  const step = knob.step || knob.multipleOf;
  const steps = value / step;
  const next = direction > 0 ? Math.floor(steps + 1e-9) + 1 : Math.ceil(steps - 1e-9) - 1;
  return rounded(next * step);
}

/** @param {number} value @param {number} direction */
function doubled(value, direction) {
  if (value < 1) return direction > 0 ? 1 : value;
  if (value === 1 && direction < 0) return 0;
  const power = Math.log2(value);
  return 2 ** (direction > 0 ? Math.floor(power) + 1 : Math.ceil(power) - 1);
}

/**
 * The next of 1, 2, 5 times a power of ten. Down from a tenth of `first` it is 0, up from 0 it is
 * `first`, where 0 is allowed.
 *
 * @param {number} value
 * @param {number} direction
 * @param {number} first
 * @param {number} low
 */
function onLadder(value, direction, first, low) {
  if (value <= 0) return direction > 0 ? first : value;
  if (direction < 0 && low <= 0 && value <= rounded(first / 10)) return 0;
  const power = Math.floor(Math.log10(value));
  const rungs = [power - 1, power, power + 1].flatMap((n) =>
    [1, 2, 5].map((m) => Number(`${m}e${n}`))
  );
  const beyond = direction > 0
    ? rungs.filter((rung) => rung > value * (1 + 1e-9))
    : rungs.filter((rung) => rung < value * (1 - 1e-9)).reverse();
  return beyond[0];
}

/**
 * @param {NumberKnob} knob
 * @param {number | bigint} value
 * @param {string} text that says it
 * @returns {Reading}
 */
function inside(knob, value, text) {
  const fits = (typeof value === "bigint" || Number.isFinite(value)) &&
    value >= (knob.low ?? -Infinity) && value <= (knob.high ?? Infinity) &&
    (typeof value === "number" || value % BigInt(knob.multipleOf) === 0n);
  if (fits) return { ok: true, value: Number(value) };
  return refused(knob, text);
}

/** @param {NumberKnob} knob @param {string} shown @returns {Reading} */
function refused(knob, shown) {
  const characters = [...shown];
  const short = characters.slice(0, SHOWN).join("") + (characters.length > SHOWN ? "…" : "");
  return { ok: false, words: `${knob.called} must be ${knob.bound}, got ${short}` };
}

/** A float as Python's `repr` writes it: "1.0", "1e-06", "1e+16". @param {number} value */
function pythonFloat(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const digits = mantissa.replace(/[-.]/g, "");
  const sign = value < 0 ? "-" : "";
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  return `${sign}${whole}.${digits.slice(power + 1) || "0"}`;
}

const ESCAPES = new Map([["\\", "\\\\"], ["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);

/** A text as Python's `repr` writes it. @param {string} text */
function quoted(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = [...text].map((each) => {
    if (each === quote) return `\\${each}`;
    const plain = each === " " || !/[\p{C}\p{Z}]/u.test(each);
    return ESCAPES.get(each) ?? (plain ? each : escaped(each.codePointAt(0) ?? 0));
  });
  return quote + inner.join("") + quote;
}

/** @param {number} code */
function escaped(code) {
  const hexadecimal = code.toString(16);
  if (code < 0x100) return `\\x${hexadecimal.padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${hexadecimal.padStart(4, "0")}`;
  return `\\U${hexadecimal.padStart(8, "0")}`;
}
