/** Monotonic time in whole milliseconds since the process began: small integers stay small in the machines' fields. */
export const monotonicNow = (): number => Math.floor(performance.now());

const resolved = Promise.resolve();

/** Reads a clock once however often it is asked within one callback of the event loop: a reading can be a system call. */
export function oncePerTurn(clock: () => number): () => number {
  let reading: number | undefined;
  const forget = (): void => {
    reading = undefined;
  };
  return () => {
    if (reading === undefined) {
      reading = clock();
      void resolved.then(forget);
    }
    return reading;
  };
}

/** {@link monotonicNow} as of the running callback. */
export const turnTime = oncePerTurn(monotonicNow);

/** `Date.now()` as of the running callback. */
export const turnDate = oncePerTurn(() => Date.now());
