/**
 * `*` stands for any characters; letter case does not matter (host names). Linear in the name for each `*`, since
 * the name is a peer's.
 */
export function matchesGlob(glob: string, name: string): boolean {
  const [head = '', ...tails] = glob.toLowerCase().split('*');
  const subject = name.toLowerCase();
  if (tails.length === 0) return subject === head;
  if (!subject.startsWith(head)) return false;
  const last = tails.pop() ?? '';
  let at = head.length;
  for (const part of tails) {
    const found = subject.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return subject.length - last.length >= at && subject.endsWith(last);
}
