import { Code } from './protocols.js';
import { equalBytes } from './packet.js';

/** What we think of an option of the peer: agreed, not negotiable, or agreed with this other value. */
export type Verdict = 'accept' | 'reject' | Uint8Array;

/**
 * One configuration option, as data: how it is asked for, judged, naked, rejected and printed. Shared by all
 * links, so it keeps nothing; `N` is the negotiation of one link that it works on.
 */
export interface ConfigOption<N> {
  readonly type: number;
  /** The RFC's name. */
  readonly name: string;
  /** Octets of the value, where that is fixed. */
  readonly length?: number;
  /** The value for our own Configure-Request; `undefined` leaves the option out. */
  request?(negotiation: N): Uint8Array | undefined;
  /** The peer wants another value, or wants the option at all (RFC 1661 section 5.3). */
  nak?(negotiation: N, value: Uint8Array): void;
  /** The peer does not negotiate the option. It is never asked for again in this negotiation. */
  reject?(negotiation: N): void;
  /** Judges a value of the right length and notes it as the peer's. */
  judge(negotiation: N, value: Uint8Array): Verdict;
  /** What to nak an option of the wrong length with; without it the option is rejected. */
  suggest?(negotiation: N): Uint8Array | undefined;
  /** A value to append to a Configure-Nak when the peer does not mention the option. */
  missing?(negotiation: N): Uint8Array | undefined;
  /** What happens when Max-Failure naks have not moved the peer. `reject` unless given (RFC 1661 section 4.6). */
  stalemate?(negotiation: N): 'accept' | 'reject' | 'fail';
  /** Takes over a value that someone agreed on in our name; false when we would not have. */
  adopt?(negotiation: N, value: Uint8Array): boolean;
  /** The value in a trace line. */
  describe(value: Uint8Array): string;
}

/** The options of one control protocol. */
export type OptionTable<N> = readonly ConfigOption<N>[];

/** The answer to a Configure-Request; `stalemate` when there is no point in going on. */
export interface Judgement {
  readonly code: typeof Code.ConfigureAck | typeof Code.ConfigureNak | typeof Code.ConfigureReject;
  /** Options of the answer; a view of the request's where they are the same. */
  readonly options: Uint8Array;
  readonly stalemate?: boolean;
}

const indexOf = <N>(table: OptionTable<N>, type: number): number => {
  for (let i = 0; i < table.length; i++) if (table[i]?.type === type) return i;
  return -1;
};

const append = (to: number[], type: number, value: Uint8Array): void => {
  to.push(type, value.length + 2);
  for (const octet of value) to.push(octet);
};

/**
 * Judges a well-formed option list of a Configure-Request (RFC 1661 sections 5.2 to 5.4).
 * @param mayNak false once Max-Failure is reached: naks turn into what each option's `stalemate` says
 * @param mayAppend whether options that the peer left out may be asked for
 */
export function judgeRequest<N>(
  table: OptionTable<N>,
  negotiation: N,
  options: Uint8Array,
  mayNak: boolean,
  mayAppend: boolean,
): Judgement {
  const naks: number[] = [];
  const rejects: number[] = [];
  let seen = 0;
  let stalemate = false;
  for (let at = 0; at < options.length; at += options[at + 1] as number) {
    const type = options[at] as number;
    const value = options.subarray(at + 2, at + (options[at + 1] as number));
    const index = indexOf(table, type);
    const option = table[index];
    const verdict = option && !(seen & (1 << index)) ? judgeOne(option, negotiation, value) : 'reject';
    if (index >= 0) seen |= 1 << index;
    if (verdict === 'accept') continue;
    if (verdict === 'reject') {
      append(rejects, type, value);
    } else if (mayNak) {
      append(naks, type, verdict);
    } else {
      const end = option?.stalemate?.(negotiation) ?? 'reject';
      if (end === 'fail') stalemate = true;
      if (end !== 'accept') append(rejects, type, value);
    }
  }
  if (rejects.length === 0 && mayNak && mayAppend) {
    table.forEach((option, index) => {
      const value = seen & (1 << index) ? undefined : option.missing?.(negotiation);
      if (value) append(naks, option.type, value);
    });
  }
  if (rejects.length > 0) return { code: Code.ConfigureReject, options: Uint8Array.from(rejects), stalemate };
  if (naks.length > 0) return { code: Code.ConfigureNak, options: Uint8Array.from(naks) };
  return { code: Code.ConfigureAck, options };
}

function judgeOne<N>(option: ConfigOption<N>, negotiation: N, value: Uint8Array): Verdict {
  if (option.length !== undefined && value.length !== option.length)
    return option.suggest?.(negotiation) ?? 'reject';
  return option.judge(negotiation, value);
}

/** The options of our next Configure-Request. @param rejected bit i: the peer rejected entry i of the table */
export function buildRequest<N>(table: OptionTable<N>, negotiation: N, rejected: number): Uint8Array {
  const octets: number[] = [];
  table.forEach((option, index) => {
    const value = rejected & (1 << index) ? undefined : option.request?.(negotiation);
    if (value) append(octets, option.type, value);
  });
  return Uint8Array.from(octets);
}

/** Takes in a Configure-Nak. Unknown options in it and repeated ones are left alone. */
export function applyNak<N>(table: OptionTable<N>, negotiation: N, options: Uint8Array): void {
  let seen = 0;
  for (let at = 0; at < options.length; at += options[at + 1] as number) {
    const index = indexOf(table, options[at] as number);
    const option = table[index];
    if (!option || seen & (1 << index)) continue;
    seen |= 1 << index;
    const value = options.subarray(at + 2, at + (options[at + 1] as number));
    if (option.length === undefined || value.length === option.length) option.nak?.(negotiation, value);
  }
}

/** Takes in a Configure-Reject; also a Nak of a peer that will not settle. @returns the rejected entries as bits */
export function applyReject<N>(table: OptionTable<N>, negotiation: N, options: Uint8Array): number {
  let rejected = 0;
  for (let at = 0; at < options.length; at += options[at + 1] as number) {
    const index = indexOf(table, options[at] as number);
    const option = table[index];
    if (!option || rejected & (1 << index)) continue;
    rejected |= 1 << index;
    option.reject?.(negotiation);
  }
  return rejected;
}

/** Whether each option of `part` is one of `whole`, octet for octet (RFC 1661 section 5.4). */
export function isSubset(part: Uint8Array, whole: Uint8Array): boolean {
  let at = 0;
  // A reject keeps the order of the request, so one pass over both is enough.
  for (let p = 0; p < part.length; p += part[p + 1] as number) {
    const option = part.subarray(p, p + (part[p + 1] as number));
    for (;;) {
      if (at >= whole.length) return false;
      const candidate = whole.subarray(at, at + (whole[at + 1] as number));
      at += candidate.length;
      if (equalBytes(candidate, option)) break;
    }
  }
  return true;
}

/** Takes over an option list that someone agreed on in our name. @returns false when one would not have been ours */
export function adoptRequest<N>(table: OptionTable<N>, negotiation: N, options: Uint8Array): boolean {
  for (let at = 0; at < options.length; at += options[at + 1] as number) {
    const option = table[indexOf(table, options[at] as number)];
    const value = options.subarray(at + 2, at + (options[at + 1] as number));
    if (!option?.adopt || (option.length !== undefined && option.length !== value.length)) return false;
    if (!option.adopt(negotiation, value)) return false;
  }
  return true;
}
