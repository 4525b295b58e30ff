// Time that passes when a test says so: timers, animation frames and performance.now together.

const FRAME_MS = 20;
const REPLACED = /** @type {const} */ ([
  "setTimeout",
  "clearTimeout",
  "requestAnimationFrame",
  "cancelAnimationFrame",
  "matchMedia",
  "performance",
]);

/**
 * Run `test` in that time, then put the real one back.
 * @param {(clock: FakeClock) => void} test
 * @param {{reducedMotion?: boolean}} options
 */
export function withFakeClock(test, { reducedMotion = false } = {}) {
  const clock = new FakeClock();
  const page = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (globalThis));
  const real = REPLACED.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  /** @type {Record<string, unknown>} */
  const fakes = {
    setTimeout: clock.later.bind(clock),
    clearTimeout: clock.forget.bind(clock),
    requestAnimationFrame: (/** @type {(now: number) => void} */ act) => clock.later(act, FRAME_MS),
    cancelAnimationFrame: clock.forget.bind(clock),
    matchMedia: () => ({ matches: reducedMotion }),
    performance: { now: () => clock.now },
  };
  for (const name of REPLACED) {
    Object.defineProperty(page, name, { value: fakes[name], configurable: true, writable: true });
  }
  try {
    test(clock);
  } finally {
    for (const [name, was] of real) {
      if (typeof name !== "string") continue;
      if (was && typeof was === "object") Object.defineProperty(page, name, was);
      else delete page[name];
    }
  }
}

export class FakeClock {
  now = 1000;
  /** @type {{id: number, at: number, act: (now: number) => void}[]} */
  waiting = [];
  ids = 0;

  /**
   * @param {(now: number) => void} act
   * @param {number} [after]
   */
  later(act, after = 0) {
    this.ids += 1;
    this.waiting.push({ id: this.ids, at: this.now + after, act });
    return this.ids;
  }

  /** @param {number | undefined} id */
  forget(id) {
    this.waiting = this.waiting.filter((each) => each.id !== id);
  }

  /**
   * Let so many ms pass; what falls due happens in its order.
   * @param {number} ms
   */
  pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = this.waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.forget(due.id);
      this.now = Math.max(this.now, due.at);
      due.act(this.now);
    }
    this.now = end;
  }
}
