/** Monotonic time in whole milliseconds since the process began: small integers stay small in the machines' fields. */
export const monotonicNow = (): number => Math.floor(performance.now());
