import type { AuthMethod, DisconnectCause, DisconnectReason } from '../ppp/index.js';
import type { CallContext, SubscriberPolicy } from './types.js';

/** Counters of a session's interface: what the subscriber sent (rx) and received (tx). Octets are those of IP packets. */
export interface TrafficCounters {
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly txBytes: number;
}

export const noTraffic: TrafficCounters = { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0 };

/** Why a session ended. */
export interface SessionEnd {
  /** Who ended it; `lost` when the peer fell silent. */
  readonly by: 'peer' | 'local' | 'lost';
  readonly text: string;
  /** For what reason PPP ended, where it was PPP that did. */
  readonly reason?: DisconnectReason;
  /** Result Code of the CDN (RFC 2661 section 4.4.2). */
  readonly resultCode?: number;
  /** PPP disconnect cause code (RFC 3145). */
  readonly disconnectCode?: number;
}

/** What may change while a session is up. What is absent stays. */
export type PolicyChange = Partial<
  Pick<SubscriberPolicy, 'idleTimeout' | 'sessionTimeout' | 'routes' | 'rate' | 'filters'>
>;

/** What a subscriber was given of IPv6, as text. */
export interface AssignedIpv6 {
  /** Of the subscriber, once IPV6CP is open: `0:0:0:1`. */
  readonly interfaceId?: string;
  /** Of the link. */
  readonly prefix?: string;
  /** By DHCPv6. */
  readonly address?: string;
  readonly delegatedPrefix?: string;
}

/** The tunnel that a subscriber is carried on in, with its two ends: this one is the client (RFC 2868). */
export interface OnwardTunnel {
  readonly clientAddress: string;
  readonly clientHostName: string;
  readonly serverAddress: string;
  readonly serverHostName: string;
  /** Call Serial Number AVP. */
  readonly callSerialNumber: number;
}

/** A subscriber's session as those see it who account for it, change it or serve its interface. */
export interface SubscriberSession {
  /** Unique over the life of the server, and not used again after a restart. */
  readonly id: string;
  readonly user: string | undefined;
  /** When the call came, in ms since the epoch. */
  readonly since: number;
  readonly callContext: CallContext;
  readonly authMethod: AuthMethod | undefined;
  /** What is in force; `undefined` before the subscriber is accepted. */
  readonly policy: SubscriberPolicy | undefined;
  readonly address: string | undefined;
  /** What it was given of IPv6. */
  readonly ipv6: AssignedIpv6;
  /** `undefined` where it is terminated here. */
  readonly onwardTunnel?: OnwardTunnel | undefined;
  readonly interfaceName: string | undefined;
  readonly interfaceIndex: number | undefined;
  /** The last that were read: some seconds old while the session is up, exact once it has ended. */
  readonly counters: TrafficCounters;
  /** What of them was IPv6, as it was read last; `undefined` without IPv6. */
  readonly ipv6Counters: TrafficCounters | undefined;
  /** Packets dropped because their sequence numbers showed that one before them was missing; once the session has ended. */
  readonly lostPackets: number;
  /** Has `ipv6Counters` read anew; `undefined` where there is no IPv6. Never rejects. */
  readIpv6Counters(): Promise<void> | undefined;
  /**
   * Changes what is in force without touching a packet. A time-out counts from now.
   * @throws KernelError (rejects) when the kernel does not take it; then nothing has changed
   */
  change(change: PolicyChange): Promise<void>;
  disconnect(cause: DisconnectCause, now: number): void;
}

/** An L2TP tunnel as those see it who account for it. */
export interface SubscriberTunnel {
  /** Unique over the life of the server. */
  readonly id: string;
  readonly tunnelId: number;
  readonly peerAddress: string;
  readonly peerHostName: string;
  readonly localAddress: string;
  readonly localHostName: string;
  /** Name of the LAC profile that matched, where one did. */
  readonly profile: string | undefined;
}

/** A call that became no session. */
export interface FailedCall {
  readonly tunnel: SubscriberTunnel;
  readonly user?: string | undefined;
  readonly callSerialNumber?: number | undefined;
  readonly callingNumber?: string | undefined;
  readonly calledNumber?: string | undefined;
}

/** Is told what becomes of sessions and tunnels: accounting, router advertisements, statistics. Must not block. */
export interface SessionObserver {
  /** The subscriber is authenticated and addressed, and the interface is there. `now` is monotonic ms. */
  sessionUp?(session: SubscriberSession, now: number): void;
  /** Another policy is in force. */
  sessionChanged?(session: SubscriberSession, now: number): void;
  /** The counters of all sessions have been read. */
  countersRead?(now: number): void;
  /** After `sessionUp`, once: the interface is going, and {@link SubscriberSession.counters} are the last. */
  sessionDown?(session: SubscriberSession, end: SessionEnd, now: number): void;
  tunnelUp?(tunnel: SubscriberTunnel, now: number): void;
  /** After `tunnelUp`, once. Its sessions may still end. */
  tunnelDown?(tunnel: SubscriberTunnel, end: SessionEnd, now: number): void;
  /** A tunnel that was asked for did not come up. */
  tunnelFailed?(tunnel: SubscriberTunnel, end: SessionEnd, now: number): void;
  /** A call of a tunnel was refused, or ended before its session was up. */
  callFailed?(call: FailedCall, end: SessionEnd, now: number): void;
}

/** Tells several observers, none of which can harm the others or the session. */
export class SessionObservers implements Required<SessionObserver> {
  readonly #observers: readonly SessionObserver[];
  readonly #onError: (error: unknown) => void;

  /** @param onError gets what an observer has thrown */
  constructor(observers: readonly SessionObserver[], onError: (error: unknown) => void) {
    this.#observers = observers;
    this.#onError = onError;
  }

  sessionUp(session: SubscriberSession, now: number): void {
    this.#tell((observer) => observer.sessionUp?.(session, now));
  }

  sessionChanged(session: SubscriberSession, now: number): void {
    this.#tell((observer) => observer.sessionChanged?.(session, now));
  }

  sessionDown(session: SubscriberSession, end: SessionEnd, now: number): void {
    this.#tell((observer) => observer.sessionDown?.(session, end, now));
  }

  countersRead(now: number): void {
    this.#tell((observer) => observer.countersRead?.(now));
  }

  tunnelUp(tunnel: SubscriberTunnel, now: number): void {
    this.#tell((observer) => observer.tunnelUp?.(tunnel, now));
  }

  tunnelDown(tunnel: SubscriberTunnel, end: SessionEnd, now: number): void {
    this.#tell((observer) => observer.tunnelDown?.(tunnel, end, now));
  }

  tunnelFailed(tunnel: SubscriberTunnel, end: SessionEnd, now: number): void {
    this.#tell((observer) => observer.tunnelFailed?.(tunnel, end, now));
  }

  callFailed(call: FailedCall, end: SessionEnd, now: number): void {
    this.#tell((observer) => observer.callFailed?.(call, end, now));
  }

  #tell(tell: (observer: SessionObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        tell(observer);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
