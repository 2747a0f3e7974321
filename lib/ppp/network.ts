import type { Random } from '../wire/index.js';
import type { MppeKeys } from './auth/index.js';
import { Ccp, type CcpOwner } from './ccp.js';
import { type DisconnectCause, type DisconnectReason, Direction, disconnectCause } from './causes.js';
import { earliest } from './deadline.js';
import type { FinishReason, Link, Negotiation } from './link.js';
import { mppeSetup, usableKeyBits } from './mppe-setup.js';
import type { CcpParameters, IpcpParameters, Ipv6cpParameters, MppeSetup, PppEvent } from './events.js';
import { Ipcp } from './ipcp.js';
import { Ipv6cp } from './ipv6cp.js';
import type { Ncp } from './ncp.js';
import { State } from './automaton.js';
import type { NetworkParameters, ResolvedPppOptions } from './parameters.js';
import { Protocol } from './protocols.js';

/** What the network phase needs of its session. */
export interface NetworkOwner extends Link {
  readonly options: ResolvedPppOptions;
  readonly isServer: boolean;
  readonly random: Random;
  emit(event: PppEvent): void;
  /** The first network control protocol of this round is open. */
  networkOpened(): void;
  networkFailed(cause: DisconnectCause, now: number): void;
}

/** What the network control protocols that are open have agreed on. */
export interface NetworkState {
  readonly ipcp: IpcpParameters | undefined;
  readonly ipv6cp: Ipv6cpParameters | undefined;
  readonly ccp: CcpParameters | undefined;
}

/** Octets by which MPPE makes a packet longer: its header, and the protocol field that it encloses. */
const MPPE_OVERHEAD = 4;

/** How far the kernel's part of the session is. */
const Attachment = { None: 0, Pending: 1, Done: 2 } as const;

/** How far the kernel is with the keys. `Wanted` waits for an attachment that was asked for without them. */
const Arming = { None: 0, Wanted: 1, Pending: 2, Done: 3 } as const;

/**
 * The network phase of a session: IPCP, IPV6CP and CCP, and what they wait for. No Ack that would open a network
 * layer is sent before the kernel has its part of the session, nor, where encryption is required, before that is
 * agreed on: what the peer sends then cannot be lost or readable.
 */
export class NetworkPhase implements CcpOwner {
  readonly #owner: NetworkOwner;
  #ipcp: Ipcp | undefined;
  #ipv6cp: Ipv6cp | undefined;
  #ccp: Ccp | undefined;
  #keys: MppeKeys | undefined;
  /** Kept while encryption is in force, for a peer that has missed our Ack. */
  #sendKey: Uint8Array | undefined;
  #parameters: NetworkParameters = {};
  #attachment: number = Attachment.None;
  #arming: number = Arming.None;
  /** `mppe` events that have not been answered: answers to those of an earlier round must not count. */
  #armings = 0;
  /** A CCP request that came before CCP could start, or whose Ack has to be sent again. */
  #ccpRequest: Uint8Array | undefined;
  /** A network control protocol must be open by then. */
  #deadline: number | undefined;
  /** Our own requests start by then, whether or not the peer has asked for encryption. */
  #listenUntil: number | undefined;

  constructor(owner: NetworkOwner) {
    this.#owner = owner;
  }

  get options(): ResolvedPppOptions {
    return this.#owner.options;
  }

  get peerMru(): number {
    return this.#owner.peerMru;
  }

  transmit(frame: Uint8Array): void {
    this.#owner.transmit(frame);
  }

  /** A network layer is open. */
  get opened(): boolean {
    return (this.#ipcp?.opened ?? false) || (this.#ipv6cp?.opened ?? false);
  }

  get attached(): boolean {
    return this.#attachment === Attachment.Done;
  }

  get mayOpen(): boolean {
    if (this.#attachment !== Attachment.Done) return false;
    return this.options.mppe.mode !== 'require' || (this.#ccp?.encrypted ?? false);
  }

  get state(): NetworkState {
    return {
      ipcp: this.#ipcp?.opened ? this.#ipcp.parameters : undefined,
      ipv6cp: this.#ipv6cp?.opened ? this.#ipv6cp.parameters : undefined,
      ccp: this.#ccp?.opened ? this.#ccpParameters(this.#ccp) : undefined,
    };
  }

  pollTimeout(): number | undefined {
    return earliest(
      earliest(this.#deadline, this.#listenUntil),
      earliest(this.#ccp?.deadline, earliest(this.#ipcp?.deadline, this.#ipv6cp?.deadline)),
    );
  }

  /** Begins, after authentication. */
  start(parameters: NetworkParameters, keys: MppeKeys | undefined, now: number): void {
    const { options, isServer, random } = this.#owner;
    this.#parameters = parameters;
    const { mode } = options.mppe;
    const keyBits = mode === 'off' ? 0 : usableKeyBits(keys, options);
    this.#keys = keyBits === 0 ? undefined : keys;
    if (mode === 'require' && keyBits === 0) {
      this.#fail(
        'encryption-refused',
        Direction.Local,
        Protocol.CCP,
        'the authentication yields no keys',
        now,
      );
      return;
    }
    const mayHaveAddress = !isServer || parameters.peerAddress !== undefined || parameters.acceptPeerAddress;
    if (options.ipv4 && mayHaveAddress) this.#ipcp = new Ipcp(this, parameters, isServer);
    if (options.ipv6) this.#ipv6cp = new Ipv6cp(this, parameters, isServer, random);
    if (!this.#ipcp && !this.#ipv6cp) {
      if (options.ipv4) this.#fail('no-address-permitted', Direction.Local, Protocol.IPCP, undefined, now);
      else this.#fail('no-ncp', Direction.Local, 0, undefined, now);
      return;
    }
    this.#deadline = now + options.networkTimeout;
    if (keyBits === 0) {
      this.#beginLayers(now);
      return;
    }
    this.#ccp = new Ccp(this, options.mppe, keyBits);
    if (mode === 'require' || !isServer) this.#arm(now);
    // The peer shows with its first request whether it wants encryption first; some do not answer IPCP before.
    if (mode === 'allow') this.#listenUntil = now + options.restartTimer;
  }

  /** Ends the round: LCP is down. What the kernel has stays. */
  stop(now: number): void {
    const layers = [this.#ccp, this.#ipcp, this.#ipv6cp];
    for (const layer of layers) layer?.down(now);
    this.#ccp = this.#ipcp = this.#ipv6cp = undefined;
    this.#keys = this.#sendKey = this.#ccpRequest = undefined;
    this.#deadline = this.#listenUntil = undefined;
    this.#arming = Arming.None;
  }

  /** @returns false when the protocol is not spoken on this link */
  receive(protocol: number, information: Uint8Array, now: number): boolean {
    switch (protocol) {
      case Protocol.IPCP:
        return this.#receiveLayer(this.#ipcp, information, now);
      case Protocol.IPV6CP:
        return this.#receiveLayer(this.#ipv6cp, information, now);
      case Protocol.CCP:
        return this.#receiveCcp(information, now);
      case Protocol.Compressed:
        this.#ccp?.handleUndecipherable(now);
        return this.#ccp !== undefined;
      // Data that came before its layer was open is discarded without a word (RFC 1661 section 3.6).
      case Protocol.IPv4:
        return this.#ipcp !== undefined;
      case Protocol.IPv6:
        return this.#ipv6cp !== undefined;
      default:
        return false;
    }
  }

  protocolRejected(protocol: number, now: number): void {
    if (protocol === Protocol.IPCP || protocol === Protocol.IPv4) this.#ipcp?.silence(now);
    if (protocol === Protocol.IPV6CP || protocol === Protocol.IPv6) this.#ipv6cp?.silence(now);
    if (protocol === Protocol.CCP || protocol === Protocol.Compressed) {
      if (this.#ccp?.inForce) this.ccpLost(now);
      else this.#ccp?.silence(now);
    }
  }

  /** The kernel has its part of the session: what waited for it goes on. */
  handleAttached(now: number): void {
    if (this.#attachment !== Attachment.Pending) return;
    this.#attachment = Attachment.Done;
    if (this.#ipcp || this.#ipv6cp)
      this.#deadline = this.opened ? undefined : now + this.options.networkTimeout;
    if (this.#arming === Arming.Pending) this.#armed(now);
    else if (this.#arming === Arming.Wanted) this.#arm(now);
    this.#release(now);
  }

  /** The kernel has the keys of the last `mppe` event. */
  handleMppeReady(now: number): void {
    if (this.#armings === 0) return;
    this.#armings--;
    if (this.#armings === 0 && this.#arming === Arming.Pending) this.#armed(now);
  }

  handleTimeout(now: number): void {
    this.#ccp?.handleTimeout(now);
    this.#ipcp?.handleTimeout(now);
    this.#ipv6cp?.handleTimeout(now);
    if (this.#listenUntil !== undefined && now >= this.#listenUntil) this.#beginLayers(now);
    if (this.#deadline !== undefined && now >= this.#deadline) {
      this.#deadline = undefined;
      const protocol = (this.#ipcp ?? this.#ipv6cp)?.protocol ?? 0;
      const waitsForCcp = this.options.mppe.mode === 'require' && !this.#ccp?.encrypted;
      if (waitsForCcp)
        this.#fail('encryption-refused', Direction.Peer, Protocol.CCP, 'CCP did not open', now);
      else this.#fail('ncp-timeout', Direction.Global, protocol, undefined, now);
    }
  }

  ncpSettled(): void {
    if (this.#attachment === Attachment.None) this.#attach(undefined);
  }

  ncpUp(ncp: Ncp<Negotiation>, now: number): void {
    if (ncp === this.#ccp) {
      this.#ccpUp(this.#ccp, now);
      return;
    }
    this.#deadline = this.#listenUntil = undefined;
    if (this.#ipcp && ncp === this.#ipcp)
      this.#emit({ kind: 'network-up', protocol: 'ipcp', parameters: this.#ipcp.parameters });
    if (this.#ipv6cp && ncp === this.#ipv6cp)
      this.#emit({ kind: 'network-up', protocol: 'ipv6cp', parameters: this.#ipv6cp.parameters });
    this.#owner.networkOpened();
  }

  ncpDown(ncp: Ncp<Negotiation>, now: number): void {
    const protocol = ncp === this.#ccp ? 'ccp' : ncp === this.#ipcp ? 'ipcp' : 'ipv6cp';
    this.#emit({ kind: 'network-down', protocol });
    if (ncp !== this.#ccp && !this.opened) this.#deadline = now + this.options.networkTimeout;
  }

  ncpFinished(ncp: Ncp<Negotiation>, reason: FinishReason, now: number): void {
    if (ncp === this.#ccp) {
      this.#ccpSettled(now, reason);
      return;
    }
    if (this.#ipcp?.alive || this.#ipv6cp?.alive) return;
    const causes: Record<FinishReason, DisconnectReason> = {
      timeout: 'ncp-timeout',
      closed: 'no-ncp',
      terminated: 'no-ncp',
      rejected: 'no-ncp',
      stalemate: 'no-address',
    };
    const direction = reason === 'timeout' || reason === 'stalemate' ? Direction.Global : Direction.Peer;
    this.#fail(causes[reason], direction, ncp.protocol, undefined, now);
  }

  ccpAckLost(request: Uint8Array): void {
    if (this.#arming !== Arming.Done || !this.#ccp || !this.#sendKey) return;
    this.#ccpRequest = request;
    this.#arming = Arming.Pending;
    this.#armings++;
    const send = { key: this.#sendKey, bits: this.#ccp.negotiation.peer };
    this.#emit({ kind: 'mppe', send, receive: undefined });
  }

  ccpLost(now: number): void {
    this.#fail('encryption-refused', Direction.Peer, Protocol.CCP, 'the peer took encryption down', now);
  }

  #receiveLayer(layer: Ipcp | Ipv6cp | undefined, information: Uint8Array, now: number): boolean {
    if (!layer) return false;
    // The peer is at its network layer, so nothing is gained by waiting for its CCP.
    if (layer.state === State.Initial && layer.alive) this.#beginLayers(now);
    layer.receive(information, now);
    return true;
  }

  #receiveCcp(information: Uint8Array, now: number): boolean {
    const ccp = this.#ccp;
    if (!ccp) return false;
    if (ccp.state !== State.Initial) {
      ccp.receive(information, now);
    } else if (ccp.alive) {
      this.#ccpRequest = information.slice();
      if (this.#arming === Arming.None) this.#arm(now);
    } else {
      return false;
    }
    return true;
  }

  #beginLayers(now: number): void {
    this.#listenUntil = undefined;
    for (const layer of [this.#ipcp, this.#ipv6cp])
      if (layer?.state === State.Initial && layer.alive) layer.begin(now);
  }

  #release(now: number): void {
    if (!this.mayOpen) return;
    this.#ipcp?.release(now);
    this.#ipv6cp?.release(now);
  }

  /** Has the kernel take the keys, with the attachment where that is still to come. */
  #arm(now: number): void {
    const mppe = this.#ccp && this.#keys && mppeSetup(this.#ccp.negotiation, this.#keys);
    if (!mppe) {
      this.#ccpSettled(now, 'rejected');
      return;
    }
    if (this.#attachment === Attachment.Pending) {
      this.#arming = Arming.Wanted;
      return;
    }
    this.#arming = Arming.Pending;
    if (this.#attachment === Attachment.None) {
      this.#attach(mppe);
      return;
    }
    this.#armings++;
    this.#emit({ kind: 'mppe', ...mppe });
  }

  #armed(now: number): void {
    this.#arming = Arming.Done;
    const request = this.#ccpRequest;
    this.#ccpRequest = undefined;
    const ccp = this.#ccp;
    if (!ccp) return;
    if (ccp.opened) {
      if (request) {
        ccp.acknowledgeAgain(request);
        this.#announceCcp(ccp);
      }
      return;
    }
    if (ccp.state === State.Initial && ccp.alive) ccp.begin(now);
    if (request) ccp.receive(request, now);
  }

  #attach(mppe: MppeSetup | undefined): void {
    this.#attachment = Attachment.Pending;
    // The kernel's time is not the peer's.
    this.#deadline = undefined;
    const ipcp = this.#ipcp;
    const ipv6cp = this.#ipv6cp;
    const planned = mppe && this.#owner.isServer ? this.#parameters.peerAddress : undefined;
    const knowsIpv4 = ipcp?.settled || planned !== undefined;
    this.#emit({
      kind: 'attach',
      early: mppe !== undefined,
      ipv4:
        ipcp && knowsIpv4
          ? {
              local: ipcp.negotiation.local || (this.#parameters.localAddress ?? 0),
              peer: ipcp.negotiation.peer || (planned ?? 0),
            }
          : undefined,
      ipv6: ipv6cp?.settled ? ipv6cp.parameters : undefined,
      mtu: this.#mtu(mppe !== undefined),
      mppe,
    });
  }

  #mtu(encrypted: boolean): number {
    const mtu = Math.min(this.options.mtu, this.peerMru);
    return encrypted ? mtu - MPPE_OVERHEAD : mtu;
  }

  #ccpUp(ccp: Ccp, now: number): void {
    if (ccp.negotiation.required && !ccp.encrypted) {
      this.#fail('encryption-refused', Direction.Peer, Protocol.CCP, 'CCP opened without MPPE', now);
      return;
    }
    const setup = this.#keys && mppeSetup(ccp.negotiation, this.#keys);
    this.#sendKey = setup?.send.key;
    this.#keys = undefined;
    this.#announceCcp(ccp);
    this.#beginLayers(now);
    this.#release(now);
  }

  #announceCcp(ccp: Ccp): void {
    this.#emit({ kind: 'network-up', protocol: 'ccp', parameters: this.#ccpParameters(ccp) });
  }

  #ccpParameters(ccp: Ccp): CcpParameters {
    const { local, peer } = ccp.negotiation;
    return { send: peer || undefined, receive: local || undefined, mtu: this.#mtu(ccp.inForce) };
  }

  /** CCP has come to nothing. */
  #ccpSettled(now: number, reason: FinishReason): void {
    const ccp = this.#ccp;
    if (!ccp) return;
    if (ccp.negotiation.required) {
      const direction = reason === 'timeout' ? Direction.Global : Direction.Peer;
      this.#fail('encryption-refused', direction, Protocol.CCP, undefined, now);
      return;
    }
    this.#ccpRequest = undefined;
    this.#beginLayers(now);
  }

  #emit(event: PppEvent): void {
    this.#owner.emit(event);
  }

  #fail(
    reason: DisconnectReason,
    direction: Direction,
    protocol: number,
    detail: string | undefined,
    now: number,
  ): void {
    this.#owner.networkFailed(disconnectCause(reason, direction, protocol, detail), now);
  }
}
