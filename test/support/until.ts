/**
 * Calls `probe` until it returns true.
 * @throws Error naming `what` when that did not happen within `ms`
 */
export async function until(
  what: string,
  probe: () => boolean | Promise<boolean>,
  ms = 20_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await probe())) {
    if (Date.now() >= deadline) throw new Error(`did not happen within ${ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
