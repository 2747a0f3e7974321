import { turnDate } from '../../io/index.js';
import type { RecordedEvent, ServerEvent } from './events.js';
import { Ring } from '../ring.js';

/** Events that a client which comes back can still have. */
const kept = 1024;

/** Hands events to whoever listens, and keeps the last of them. */
export class EventFeed {
  readonly #recent = new Ring<RecordedEvent>(kept);
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  #id = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  publish(event: ServerEvent): void {
    this.#id += 1;
    const recorded = { id: this.#id, time: turnDate(), ...event };
    this.#recent.push(recorded);
    for (const listener of this.#listeners) listener(recorded);
  }

  /** Kept events with an id above `id`, the oldest first. */
  since(id: number): RecordedEvent[] {
    return [...this.#recent].filter((event) => event.id > id);
  }

  /** @returns takes the listener away again */
  listen(listener: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
