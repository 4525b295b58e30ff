// The clock: a scene moves, then rests; while playing its words are read first, and the next one
// follows.
// An animation frame is asked for only while something moves. Knows nothing of what moves.

const LAST_FRAME_MS = 50;
/** After each scene of a play. */
export const REST_MS = 350;
/** The wait before a scene that the reader did not ask for. */
export const BREATH_MS = 350;

/** @typedef {"read" | "move" | "rest"} Phase */

/**
 * @typedef {object} Options
 * @property {number} scenes  how many
 * @property {(scene: number) => number} lasts  ms of its motion at speed 1
 * @property {(scene: number) => number} reads  ms to read its words at speed 1
 * @property {() => void} shown  told on each change
 * @property {(scene: number) => void} reached
 */

export class Player {
  scene = 0;
  progress = 0;
  /** Scenes up to this one follow by themselves. */
  until = 0;
  /** @type {Phase} */
  phase = "rest";
  playing = false;
  running = false;
  speed = 1;
  /** What is left to wait, in ms at speed 1. */
  left = 0;
  since = 0;
  /** @type {ReturnType<typeof setTimeout> | null} */
  timer = null;
  /** @type {number | null} */
  frame = null;
  still = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {Options} options */
  constructor({ scenes, lasts, reads, shown, reached }) {
    this.scenes = scenes;
    this.lasts = lasts;
    this.reads = reads;
    this.shown = shown;
    this.reached = reached;
  }

  /**
   * Begin a scene, at once or after a wait; those up to `until` follow by themselves.
   * @param {number} scene
   * @param {{wait?: number, until?: number}} options  wait: in ms at speed 1
   */
  go(scene, { wait = 0, until = scene } = {}) {
    const target = Math.min(this.scenes - 1, Math.max(0, scene));
    const news = target !== this.scene;
    this.scene = target;
    this.progress = 0;
    this.running = true;
    this.until = until;
    if (news) this.reached(target);
    if (this.still.matches) this.jump(wait);
    else if (wait) this.enter("read", wait);
    else this.enter("move");
  }

  /**
   * Begin a scene with the time to read its words.
   * @param {number} scene
   */
  read(scene) {
    this.go(scene, { wait: this.reads(scene) });
  }

  /**
   * Reduced motion: the scene is there at once, and playing leaves the reader as much time.
   * @param {number} wait
   */
  jump(wait) {
    this.progress = 1;
    this.enter("rest", wait + this.lasts(this.scene) + REST_MS);
  }

  /** Stay in the scene, and show its end. */
  settle() {
    this.halt();
    this.progress = 1;
    this.phase = "rest";
    this.left = 0;
    this.running = false;
    this.shown();
  }

  toggle() {
    if (this.playing) return this.pause();
    this.playing = true;
    if (this.atEnd()) return this.read(0);
    if (this.phase === "rest" && this.progress === 1 && !this.running) {
      return this.read(this.scene + 1);
    }
    return this.resume();
  }

  pause() {
    this.playing = false;
    this.halt();
    this.running = false;
    this.shown();
  }

  resume() {
    this.running = true;
    this.enter(this.phase, this.left);
  }

  atEnd() {
    return this.scene === this.scenes - 1 && this.phase === "rest" && this.progress === 1;
  }

  /** The reader is ready: no more waiting. */
  skip() {
    if (this.phase === "read") this.enter("move");
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.halt();
    this.speed = speed;
    if (this.running) this.enter(this.phase, this.left);
    else this.shown();
  }

  /**
   * @param {Phase} phase
   * @param {number} left
   */
  enter(phase, left = 0) {
    this.halt();
    this.phase = phase;
    this.left = left;
    if (phase === "move") this.move();
    else this.wait();
    this.shown();
  }

  wait() {
    this.since = performance.now();
    this.timer = setTimeout(() => this.waited(), this.left / this.speed);
  }

  waited() {
    this.timer = null;
    if (this.phase === "read") return this.enter("move");
    if (this.playing && this.scene < this.scenes - 1) return this.read(this.scene + 1);
    if (this.scene < this.until) {
      return this.go(this.scene + 1, { wait: BREATH_MS, until: this.until });
    }
    this.playing = this.running = false;
    return this.shown();
  }

  move() {
    let last = performance.now();
    /** @param {number} now */
    const frame = (now) => {
      const passed = Math.min(LAST_FRAME_MS, Math.max(0, now - last));
      last = now;
      const part = (passed * this.speed) / this.lasts(this.scene);
      this.progress = Math.min(1, this.progress + part);
      if (this.progress === 1) {
        return this.enter("rest", this.playing || this.scene < this.until ? REST_MS : 0);
      }
      this.frame = requestAnimationFrame(frame);
      return this.shown();
    };
    this.frame = requestAnimationFrame(frame);
  }

  /** Stop the clock; what is left to wait is kept. */
  halt() {
    if (this.timer !== null) {
      this.left = Math.max(0, this.left - (performance.now() - this.since) * this.speed);
      clearTimeout(this.timer);
    }
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.timer = this.frame = null;
  }
}
