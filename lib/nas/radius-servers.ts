import type { ControlIo, DatagramSink, Descriptor, SocketAddress, Timed } from '../io/index.js';
import {
  type Attribute,
  decodeAttributes,
  describeAttributes,
  type Dictionary,
  type GroupEvent,
  type GroupRequest,
  RadiusError,
  ServerGroup,
  type ServerOptions,
  type ServerStatus,
} from '../radius/index.js';
import { formatHostPort, type Random } from '../wire/index.js';
import type { NasLog } from './nas-log.js';

/** An answer that whoever knows the secret has made. */
export interface RadiusReply {
  readonly code: number;
  readonly attributes: readonly Attribute[];
  /** Index of the server that said it. */
  readonly server: number;
}

/** A request with what becomes of it. */
export interface RadiusExchange extends GroupRequest {
  handleReply(reply: RadiusReply): void;
  /** @param reason for the log */
  handleFailure(reason: string): void;
}

/** A server by its address, which names it. */
export interface RemoteServer extends Omit<ServerOptions, 'name'> {
  readonly remote: SocketAddress;
}

export interface RadiusServersOptions {
  readonly io: ControlIo;
  readonly log: NasLog;
  readonly random: Random;
  readonly dictionary: Dictionary;
  readonly servers: readonly RemoteServer[];
  /** For logs: `authentication` or `accounting`, with a profile's name. */
  readonly purpose: string;
  /** A server has come back. */
  readonly onServerUp?: () => void;
}

/** Where a server is, and the sockets to it by slot. */
interface Place {
  readonly remote: SocketAddress;
  readonly sockets: Descriptor[];
}

/** Forged answers come as fast as anybody likes: the log gets one line in so many ms. */
const forgedLogInterval = 10_000;

/** The sockets and the timer of a {@link ServerGroup}. */
export class RadiusServers implements Timed {
  readonly #options: RadiusServersOptions;
  readonly #group: ServerGroup<RadiusExchange>;
  /** By the server's index. */
  readonly #places = new Map<number, Place>();
  readonly #stopDraining: () => void;
  #touched = false;
  #draining = false;
  #closed = false;
  #forgedLoggedAt = -Infinity;

  constructor(options: RadiusServersOptions) {
    this.#options = options;
    this.#group = new ServerGroup<RadiusExchange>([], options.random);
    this.reconfigure(options.servers);
    this.#stopDraining = options.io.afterTurn(() => this.#drain());
  }

  /** Other servers from now on; those that stay keep what is known of them, and what is in flight goes on. */
  reconfigure(servers: readonly RemoteServer[]): void {
    const named = servers.map(({ remote, ...server }) => ({ ...server, name: formatHostPort(remote) }));
    const indices = this.#group.reconfigure(named, this.#options.io.now());
    for (const [at, { remote }] of servers.entries()) {
      const index = indices[at];
      if (index !== undefined && !this.#places.has(index)) this.#places.set(index, { remote, sockets: [] });
    }
    this.#touched = true;
    this.#drain();
  }

  /** Whether every server has left, and nothing is in flight. */
  get empty(): boolean {
    return this.#places.size === 0;
  }

  /** Whether a server is there that is not known to be dead. */
  get available(): boolean {
    return this.#group.available;
  }

  get inFlight(): number {
    return this.#group.inFlight;
  }

  status(): ServerStatus[] {
    return this.#group.status();
  }

  send(exchange: RadiusExchange): void {
    if (this.#closed) {
      exchange.handleFailure('the server shuts down');
      return;
    }
    this.#group.send(exchange, this.#options.io.now());
    this.#touched = true;
    // Who asks may do so at the end of a turn, after our own hook.
    this.#drain();
  }

  cancel(exchange: RadiusExchange): void {
    this.#group.cancel(exchange);
  }

  handleTimeout(now: number): void {
    this.#group.handleTimeout(now);
    this.#touched = true;
  }

  /** Nothing is asked any more, and nobody hears of what was. */
  close(): void {
    this.#closed = true;
    const { io } = this.#options;
    this.#stopDraining();
    io.timers.schedule(this, undefined);
    for (const index of [...this.#places.keys()]) this.#leave(index);
  }

  #drain(): void {
    if (!this.#touched || this.#draining || this.#closed) return;
    this.#draining = true;
    const { io } = this.#options;
    // An answer may lead to the next question at once.
    while (this.#touched) {
      this.#touched = false;
      for (let event = this.#group.pollEvent(); event !== undefined; event = this.#group.pollEvent()) {
        this.#handleEvent(event);
      }
      for (let out = this.#group.pollTransmit(); out !== undefined; out = this.#group.pollTransmit()) {
        this.#transmit(out.server, out.slot, out.bytes);
      }
    }
    io.timers.schedule(this, this.#group.pollTimeout());
    this.#draining = false;
  }

  #transmit(server: number, slot: number, bytes: Uint8Array): void {
    const { io, log } = this.#options;
    try {
      io.send(this.#socket(server, slot), bytes);
    } catch (error) {
      // The request is repeated, and in the end the next server is asked.
      log.warn({ server: this.#nameOf(server), error: String(error) }, 'no socket for a RADIUS server');
    }
  }

  /** @throws KernelError */
  #socket(server: number, slot: number): Descriptor {
    const place = this.#places.get(server);
    if (place === undefined) throw new Error('the server has left');
    const { remote, sockets } = place;
    const sink: DatagramSink = {
      handleDatagram: (bytes) => {
        this.#group.handleDatagram(server, slot, bytes, this.#options.io.now());
        this.#touched = true;
      },
    };
    sockets[slot] ??= this.#options.io.connect({
      local: { address: remote.address.includes(':') ? '::' : '0.0.0.0', port: 0 },
      remote,
      sink,
      filter: 'none',
    });
    return sockets[slot];
  }

  #handleEvent(event: GroupEvent<RadiusExchange>): void {
    const { log, purpose, dictionary } = this.#options;
    switch (event.kind) {
      case 'reply': {
        const { request, packet, hiding, server } = event;
        let attributes: Attribute[];
        try {
          attributes = decodeAttributes(packet.attributes, dictionary, hiding);
        } catch (error) {
          if (!(error instanceof RadiusError)) throw error;
          this.#group.noteMalformed(server);
          request.handleFailure(
            `the answer of RADIUS server ${this.#nameOf(server)} is malformed: ${error.message}`,
          );
          return;
        }
        if (log.isLevelEnabled('debug')) {
          const fields = { server: this.#nameOf(server), code: packet.code };
          log.debug({ ...fields, attributes: describeAttributes(attributes, dictionary) }, 'RADIUS answer');
        }
        request.handleReply({ code: packet.code, attributes, server });
        return;
      }
      case 'failed':
        event.request.handleFailure(event.reason);
        return;
      case 'server-dead':
        log.warn({ server: event.server.name, purpose }, 'RADIUS server does not answer');
        return;
      case 'server-up':
        log.info({ server: event.server.name, purpose }, 'RADIUS server is asked again');
        this.#options.onServerUp?.();
        return;
      case 'server-gone':
        this.#leave(event.server);
        return;
      case 'forged': {
        const now = this.#options.io.now();
        if (now - this.#forgedLoggedAt < forgedLogInterval) return;
        this.#forgedLoggedAt = now;
        const { name, forged } = event.server;
        log.warn(
          { server: name, purpose, problem: event.problem, forged },
          'answers that the RADIUS server did not make',
        );
      }
    }
  }

  #leave(server: number): void {
    for (const socket of this.#places.get(server)?.sockets ?? []) this.#options.io.close(socket);
    this.#places.delete(server);
  }

  #nameOf(server: number): string {
    const place = this.#places.get(server);
    return place === undefined ? '' : formatHostPort(place.remote);
  }
}
