import { createHmac } from 'node:crypto';
import { concat, equalConstantTime, Writer } from '../wire/index.js';
import type { MacAddress } from './mac-address.js';

/** How long a PADR may follow its PADO, in ms: clients give up sooner. */
const lifetime = 60_000;
const timeLength = 6;
const digestLength = 16;

/** Whom a cookie was given to. */
export interface CookieOwner {
  readonly interfaceIndex: number;
  readonly mac: MacAddress;
  readonly hostUniq: Uint8Array | undefined;
}

/**
 * AC-Cookies (RFC 2516 section 5.2 and appendix A): the time and an HMAC over it and over who asked, so that a client
 * that was never heard of costs no memory, and a PADR is known to come from the address that got our PADO.
 */
export class Cookies {
  readonly #secret: Uint8Array;

  /** @param secret random octets of this process */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  issue(owner: CookieOwner, now: number): Uint8Array {
    const time = new Writer(timeLength).u16(Math.floor(now / 0x1_0000_0000)).u32(now % 0x1_0000_0000);
    const head = time.finish();
    return concat(head, this.#digest(head, owner));
  }

  verify(cookie: Uint8Array, owner: CookieOwner, now: number): boolean {
    if (cookie.length !== timeLength + digestLength) return false;
    const head = cookie.subarray(0, timeLength);
    if (!equalConstantTime(cookie.subarray(timeLength), this.#digest(head, owner))) return false;
    let issued = 0;
    for (const octet of head) issued = issued * 256 + octet;
    return now >= issued && now - issued <= lifetime;
  }

  #digest(head: Uint8Array, { interfaceIndex, mac, hostUniq }: CookieOwner): Uint8Array {
    const owner = new Writer(16)
      .u32(interfaceIndex)
      .u16(Math.floor(mac / 0x1_0000_0000))
      .u32(mac % 0x1_0000_0000);
    const hmac = createHmac('sha256', this.#secret).update(head).update(owner.finish());
    if (hostUniq !== undefined) hmac.update(hostUniq);
    return new Uint8Array(hmac.digest().subarray(0, digestLength));
  }
}
