import type { Random } from '../wire/index.js';
import { Deadlines } from './deadlines.js';
import { RadiusError } from './errors.js';
import {
  accessRequest,
  code,
  digestedRequest,
  parsePacket,
  type RadiusPacket,
  responseProblem,
} from './packet.js';
import {
  answers,
  type GroupEvent,
  type GroupRequest,
  type GroupTransmit,
  newPending,
  type PendingRequest,
  problemTexts,
} from './requests.js';
import { Server, type ServerOptions, type ServerStatus } from './server.js';

/** A dead server is asked for signs of life so often, in ms. */
const probeInterval = 5000;
/** A server that has left its group is known for so long, in ms: for what is in flight, and for EAP conversations. */
const linger = 30_000;

/**
 * Servers that stand in for one another. Sans-IO: after every input drain `pollTransmit` and `pollEvent`, then heed
 * `pollTimeout`. A server that leaves a request unanswered is dead for a while, and everything in flight to it goes to
 * the next one at once.
 */
export class ServerGroup<R extends GroupRequest> {
  #servers: readonly Server<PendingRequest<R>>[] = [];
  /** Asked nothing new, but for those whose conversation is with them. */
  #leaving: readonly Server<PendingRequest<R>>[] = [];
  #nextIndex = 0;
  readonly #random: Random;
  readonly #pending = new Map<R, PendingRequest<R>>();
  readonly #deadlines = new Deadlines<PendingRequest<R>>(
    (pending, deadline) => pending.deadline === deadline,
  );
  readonly #paces = new Deadlines<Server<PendingRequest<R>>>((server, at) => server.pace.deadline === at);
  readonly #revivals = new Deadlines<Server<PendingRequest<R>>>((server, at) => server.deadUntil === at);
  readonly #probes = new Deadlines<Server<PendingRequest<R>>>((server, at) => server.probeAt === at);
  readonly #departures = new Deadlines<Server<PendingRequest<R>>>((server, at) => server.leavesAt === at);
  readonly #transmits: GroupTransmit[] = [];
  readonly #events: GroupEvent<R>[] = [];

  /** @param servers have the indices 0, 1 and so on */
  constructor(servers: readonly ServerOptions[], random: Random) {
    this.#random = random;
    this.reconfigure(servers, 0);
  }

  /** Whether a server is there that is not known to be dead. */
  get available(): boolean {
    return this.#servers.some((server) => !server.dead);
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  status(): ServerStatus[] {
    return this.#servers.map((server) => server.status());
  }

  /**
   * Other servers from now on. Those with the same name and secret stay, with what is known of them. What is in flight
   * to one that leaves may still be answered by it; if it is not, one of the others is asked.
   * @returns the index of each of `servers`
   */
  reconfigure(servers: readonly ServerOptions[], now: number): number[] {
    const left = new Set(this.#servers);
    this.#servers = servers.map((options) => {
      const known = [...left].find((server) => server.is(options));
      if (known === undefined) return new Server(this.#nextIndex++, options);
      left.delete(known);
      known.options = options;
      return known;
    });
    this.#leaving = [...this.#leaving, ...left];
    for (const server of left) {
      const { dead } = server;
      server.deadUntil = undefined;
      server.probeAt = undefined;
      server.leavesAt = now + linger;
      this.#departures.add(server, server.leavesAt);
      if (dead) this.#moveOn(server, now);
    }
    return this.#servers.map(({ index }) => index);
  }

  /** Asks. What comes of it is an event, even where nothing can be asked. */
  send(request: R, now: number): void {
    const first = this.#choose(new Set(), request.server);
    if (first === undefined) {
      this.#events.push({ kind: 'failed', request, reason: 'there is no RADIUS server' });
      return;
    }
    const pending = newPending(request, first, now);
    this.#pending.set(request, pending);
    this.#ask(pending, first, now);
  }

  /** Nobody wants the answer any more. */
  cancel(request: R): void {
    const pending = this.#pending.get(request);
    if (pending !== undefined) this.#finish(pending);
  }

  /** The answer that came could not be read after all: it counts as none. */
  noteMalformed(server: number): void {
    const known = this.#at(server);
    if (known !== undefined) known.counters.malformed += 1;
  }

  /** A datagram from server `index` at its source port `slot`. */
  handleDatagram(index: number, slot: number, datagram: Uint8Array, now: number): void {
    const server = this.#at(index);
    if (server === undefined) return;
    let packet: RadiusPacket;
    try {
      packet = parsePacket(datagram);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      server.counters.malformed += 1;
      return;
    }
    const pending = server.inFlight.find(slot, packet.identifier);
    if (pending === undefined || !answers(pending.request?.code, packet.code)) {
      server.counters.unmatched += 1;
      return;
    }
    const { secret, requireMessageAuthenticator } = server.options;
    const required = requireMessageAuthenticator && pending.request?.code === code.accessRequest;
    const problem = responseProblem(packet, pending.authenticator, secret, required);
    if (problem !== undefined) {
      server.counters.forged += 1;
      pending.problem = problemTexts[problem];
      this.#events.push({ kind: 'forged', server: server.status(), problem });
      return;
    }
    this.#answered(pending, packet, now);
  }

  handleTimeout(now: number): void {
    for (let due = this.#deadlines.takeDue(now); due !== undefined; due = this.#deadlines.takeDue(now)) {
      this.#expire(due, now);
    }
    for (let due = this.#paces.takeDue(now); due !== undefined; due = this.#paces.takeDue(now)) {
      this.#sendDue(due, now);
    }
    for (let due = this.#revivals.takeDue(now); due !== undefined; due = this.#revivals.takeDue(now)) {
      this.#revive(due);
    }
    for (let due = this.#probes.takeDue(now); due !== undefined; due = this.#probes.takeDue(now)) {
      this.#probe(due, now);
    }
    for (let due = this.#departures.takeDue(now); due !== undefined; due = this.#departures.takeDue(now)) {
      this.#depart(due, now);
    }
  }

  pollTransmit(): GroupTransmit | undefined {
    return this.#transmits.shift();
  }

  pollEvent(): GroupEvent<R> | undefined {
    return this.#events.shift();
  }

  pollTimeout(): number | undefined {
    const lists = [this.#deadlines, this.#paces, this.#revivals, this.#probes, this.#departures];
    const set = lists.map((list) => list.next()).filter((deadline) => deadline !== undefined);
    return set.length === 0 ? undefined : Math.min(...set);
  }

  #at(index: number): Server<PendingRequest<R>> | undefined {
    const isIt = (server: Server<PendingRequest<R>>): boolean => server.index === index;
    return this.#servers.find(isIt) ?? this.#leaving.find(isIt);
  }

  /** The best server that has not been tried: alive before dead, then by priority, then by chance and weight. */
  #choose(tried: ReadonlySet<number>, only: number | undefined): Server<PendingRequest<R>> | undefined {
    if (only !== undefined) return tried.has(only) ? undefined : this.#at(only);
    const possible = this.#servers.filter(({ index }) => !tried.has(index));
    const alive = possible.filter((server) => !server.dead);
    const candidates = alive.length > 0 ? alive : possible;
    const best = Math.min(...candidates.map(({ options }) => options.priority));
    const equals = candidates.filter(({ options }) => options.priority === best);
    let ticket = this.#random.below(
      Math.max(
        1,
        equals.reduce((sum, { options }) => sum + options.weight, 0),
      ),
    );
    return equals.find(({ options }) => (ticket -= options.weight) < 0) ?? equals[0];
  }

  #ask(pending: PendingRequest<R>, server: Server<PendingRequest<R>>, now: number): void {
    pending.server = server;
    pending.tried.add(server.index);
    const place = server.inFlight.take(pending);
    if (place === undefined) {
      this.#fail(pending, `too many requests are in flight to ${server.options.name}`);
      return;
    }
    pending.slot = place.slot;
    pending.identifier = place.identifier;
    try {
      this.#encode(pending);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      this.#fail(pending, `the request cannot be made: ${error.message}`);
      return;
    }
    pending.sent = 0;
    server.counters.requests += 1;
    if (server.pace.admit(pending, now)) this.#transmit(pending, now);
    else this.#sendDue(server, now);
  }

  /** Of the requests that wait for their turn those whose turn it is. */
  #sendDue(server: Server<PendingRequest<R>>, now: number): void {
    for (const pending of server.pace.takeDue(now)) this.#transmit(pending, now);
    const { deadline } = server.pace;
    if (deadline !== undefined) this.#paces.add(server, deadline);
  }

  #encode(pending: PendingRequest<R>): void {
    const { request, identifier } = pending;
    const { secret } = pending.server.options;
    const authenticator = this.#random.bytes(16);
    const attributes =
      request?.attributes({ secret, authenticator, random: this.#random }) ?? new Uint8Array(0);
    if (request?.code === code.accountingRequest) {
      pending.bytes = digestedRequest(request.code, identifier, attributes, secret);
      pending.authenticator = pending.bytes.slice(4, 20);
    } else {
      const packetCode = request?.code ?? code.statusServer;
      pending.bytes = accessRequest(packetCode, identifier, authenticator, attributes, secret);
      pending.authenticator = authenticator;
    }
  }

  /** The very same octets each time, so that the server can tell a repetition (RFC 5080 section 2.2.2). */
  #transmit(pending: PendingRequest<R>, now: number): void {
    const { server, slot, bytes } = pending;
    const wait = server.options.timeout * 2 ** pending.sent;
    if (pending.sent === 0) pending.sentAt = now;
    pending.sent += 1;
    pending.deadline = now + Math.round(wait * (0.95 + this.#random.below(101) / 1000));
    this.#deadlines.add(pending, pending.deadline);
    this.#transmits.push({ server: server.index, slot, bytes });
  }

  #answered(pending: PendingRequest<R>, packet: RadiusPacket, now: number): void {
    const { server, request, authenticator } = pending;
    server.noteAnswer(now - pending.sentAt, now);
    if (server.dead) this.#revive(server);
    this.#finish(pending);
    server.pace.noteAnswer(now);
    this.#sendDue(server, now);
    if (request === undefined) return;
    if (packet.code === code.accessAccept) server.counters.accepts += 1;
    else if (packet.code === code.accessReject) server.counters.rejects += 1;
    else if (packet.code === code.accessChallenge) server.counters.challenges += 1;
    else server.counters.accounted += 1;
    const hiding = { secret: server.options.secret, authenticator };
    const { bytes } = packet;
    this.#events.push({
      kind: 'reply',
      request,
      packet: parsePacket(bytes.slice()),
      hiding,
      server: server.index,
    });
  }

  #expire(pending: PendingRequest<R>, now: number): void {
    const { server } = pending;
    if (pending.request === undefined) {
      this.#finish(pending);
      return;
    }
    // While it is dead one try is enough: the others are waiting for their turn.
    if (pending.sent <= server.options.retries && !server.dead) {
      server.counters.repetitions += 1;
      this.#transmit(pending, now);
      return;
    }
    server.counters.timeouts += 1;
    const silent = server.heardAt < pending.sentAt;
    this.#askNext(pending, now);
    if (silent && !server.dead) this.#die(server, now);
  }

  #askNext(pending: PendingRequest<R>, now: number): void {
    this.#release(pending);
    const next = this.#choose(pending.tried, pending.request?.server);
    if (next !== undefined) {
      this.#ask(pending, next, now);
      return;
    }
    const { problem } = pending;
    this.#fail(
      pending,
      problem === undefined
        ? 'no RADIUS server answers'
        : `the answer of the RADIUS server is not taken: ${problem}`,
    );
  }

  #die(server: Server<PendingRequest<R>>, now: number): void {
    if (server.leavesAt === undefined) {
      const { deadTime, statusServer } = server.options;
      server.deadUntil = now + deadTime;
      this.#revivals.add(server, server.deadUntil);
      if (statusServer) this.#probe(server, now);
      this.#events.push({ kind: 'server-dead', server: server.status() });
    }
    this.#moveOn(server, now);
  }

  /** What is in flight to a server that does not answer goes to another one, if there is one. */
  #moveOn(server: Server<PendingRequest<R>>, now: number): void {
    if (!this.available) return;
    for (const pending of [...server.inFlight.all()]) {
      if (pending.request !== undefined && pending.request.server === undefined) this.#askNext(pending, now);
    }
  }

  #revive(server: Server<PendingRequest<R>>): void {
    server.deadUntil = undefined;
    server.probeAt = undefined;
    this.#events.push({ kind: 'server-up', server: server.status() });
  }

  #probe(server: Server<PendingRequest<R>>, now: number): void {
    const pending = newPending<R>(undefined, server, now);
    const place = server.inFlight.take(pending);
    if (place !== undefined) {
      pending.slot = place.slot;
      pending.identifier = place.identifier;
      this.#encode(pending);
      this.#transmit(pending, now);
    }
    server.probeAt = now + probeInterval;
    this.#probes.add(server, server.probeAt);
  }

  #depart(server: Server<PendingRequest<R>>, now: number): void {
    if (server.inFlight.used > 0) {
      server.leavesAt = now + linger;
      this.#departures.add(server, server.leavesAt);
      return;
    }
    this.#leaving = this.#leaving.filter((other) => other !== server);
    this.#events.push({ kind: 'server-gone', server: server.index });
  }

  #fail(pending: PendingRequest<R>, reason: string): void {
    this.#finish(pending);
    if (pending.request !== undefined)
      this.#events.push({ kind: 'failed', request: pending.request, reason });
  }

  #finish(pending: PendingRequest<R>): void {
    this.#release(pending);
    if (pending.request !== undefined) this.#pending.delete(pending.request);
  }

  #release(pending: PendingRequest<R>): void {
    pending.deadline = undefined;
    const { inFlight, pace } = pending.server;
    pace.forget(pending);
    if (inFlight.find(pending.slot, pending.identifier) === pending) {
      inFlight.release(pending.slot, pending.identifier);
    }
  }
}
