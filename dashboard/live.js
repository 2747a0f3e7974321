import { ApiError } from './api.js';

/** Events that are kept for the feeds. */
const KEPT = 200;
/** Milliseconds before a broken stream is opened again; doubled each time, up to the second. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15_000;

/** The server's event stream, kept open. Tells `event` for each event, and `state` when it breaks or is back. */
export class Live extends EventTarget {
  /** The latest first. */
  events = [];
  connected = false;
  #api;
  #last;
  #controller;

  constructor(api) {
    super();
    this.#api = api;
  }

  start() {
    this.stop();
    this.#controller = new AbortController();
    void this.#run(this.#controller.signal);
  }

  stop() {
    this.#controller?.abort();
  }

  async #run(signal) {
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      try {
        await this.#catchUp(signal);
        for await (const event of this.#api.events(this.#last, signal)) {
          pause = FIRST_PAUSE;
          this.#take(event);
        }
      } catch (error) {
        if (signal.aborted || (error instanceof ApiError && error.status === 401)) return;
      }
      this.#say(false);
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  /** What happened before the page was there. A server that was started anew counts from the beginning. */
  async #catchUp(signal) {
    const { events } = await this.#api.get('events/recent', {}, signal);
    const newest = events.at(-1)?.id ?? 0;
    if (this.#last === undefined || newest < this.#last) {
      this.events = events.slice(-KEPT).reverse();
      this.#last = newest;
      this.dispatchEvent(new CustomEvent('event', { detail: undefined }));
    }
    this.#say(true);
  }

  #take(event) {
    this.#last = event.id;
    this.events.unshift(event);
    this.events.length = Math.min(this.events.length, KEPT);
    this.dispatchEvent(new CustomEvent('event', { detail: event }));
  }

  #say(connected) {
    if (connected === this.connected) return;
    this.connected = connected;
    this.dispatchEvent(new Event('state'));
  }
}
