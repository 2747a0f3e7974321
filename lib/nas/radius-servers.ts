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

export interface RadiusServersOptions {
  readonly io: ControlIo;
  readonly log: NasLog;
  readonly random: Random;
  readonly dictionary: Dictionary;
  readonly servers: readonly (Omit<ServerOptions, 'name' | 'secret'> & {
    readonly secret: Uint8Array;
    readonly remote: SocketAddress;
  })[];
  /** For logs: `authentication` or `accounting`, with a profile's name. */
  readonly purpose: string;
  /** A server has come back. */
  readonly onServerUp?: () => void;
}

/** Forged answers come as fast as anybody likes: the log gets one line in so many ms. */
const forgedLogInterval = 10_000;

/** The sockets and the timer of a {@link ServerGroup}. */
export class RadiusServers implements Timed {
  readonly #options: RadiusServersOptions;
  readonly #group: ServerGroup<RadiusExchange>;
  readonly #remotes: readonly SocketAddress[];
  /** By server, then by slot. */
  readonly #sockets: Descriptor[][];
  readonly #stopDraining: () => void;
  #touched = false;
  #draining = false;
  #closed = false;
  #forgedLoggedAt = -Infinity;

  constructor(options: RadiusServersOptions) {
    this.#options = options;
    this.#remotes = options.servers.map(({ remote }) => remote);
    this.#group = new ServerGroup(
      options.servers.map(({ remote, ...server }) => ({ ...server, name: formatHostPort(remote) })),
      options.random,
    );
    this.#sockets = options.servers.map(() => []);
    this.#stopDraining = options.io.afterTurn(() => this.#drain());
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
    for (const socket of this.#sockets.flat()) io.close(socket);
    this.#sockets.length = 0;
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
    const sockets = this.#sockets[server] ?? [];
    const remote = this.#remotes[server] ?? { address: '0.0.0.0', port: 0 };
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

  #nameOf(server: number): string {
    const remote = this.#remotes[server];
    return remote === undefined ? '' : formatHostPort(remote);
  }
}
