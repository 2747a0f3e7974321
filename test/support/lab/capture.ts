import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { type Program, run, sleep } from './processes.js';

/** Severity `error` of tshark's expert information (`_ws.expert.severity`). */
const EXPERT_ERROR = 0x0080_0000;
const DECODE_TIME = 120_000;

/** Control messages of RFC 2661 section 3.2. */
export const MESSAGE = {
  SCCRQ: 1,
  SCCRP: 2,
  SCCCN: 3,
  StopCCN: 4,
  HELLO: 6,
  ICRQ: 10,
  ICRP: 11,
  ICCN: 12,
  CDN: 14,
  WEN: 15,
  SLI: 16,
} as const;

/** Only control messages: bit T of an L2TP header in UDP over IPv4 (RFC 2661 section 3.1). */
export const CONTROL_ONLY = 'udp port 1701 and udp[8] & 0x80 != 0';

/**
 * Control messages and all PPP but the subscribers' IP and encrypted packets (of headers without optional fields, as
 * the kernel sends them), so that an iperf3 run does not flood the capture.
 */
export const NO_TRAFFIC =
  'udp port 1701 and (udp[8] & 0x80 != 0 or not (udp[16:2] = 0x21 or udp[16:2] = 0x57 or udp[16:2] = 0xfd))';

/** Fields of one packet, each with all its values. */
export type PacketFields = Readonly<Record<string, readonly string[]>>;

/** A control message as tshark decodes it. */
export interface ControlMessage {
  readonly source: string;
  readonly type: number;
  readonly tunnelId: number;
  readonly sessionId: number;
  readonly Ns: number;
  readonly resultCode: number | undefined;
  readonly errorCode: number | undefined;
  /** Values of AVPs that are plain numbers or text, by tshark's field. */
  readonly fields: PacketFields;
}

/** What a tcpdump in a namespace saw, decoded by tshark: an opinion about our packets that is not our own. */
export class Capture {
  readonly file: string;
  readonly #program: Program;
  #stopped = false;

  private constructor(program: Program, file: string) {
    this.#program = program;
    this.file = file;
  }

  /** Captures on all interfaces of `namespace`, or on one. Ready when it returns. */
  static async start(
    lab: Lab,
    namespace: Namespace,
    options: { filter?: string; device?: string } = {},
  ): Promise<Capture> {
    const file = lab.path(`capture-${namespace.name}-${Math.random().toString(36).slice(2)}.pcap`);
    const program = lab.own(
      namespace.start('tcpdump', [
        ...[
          'tcpdump',
          '-n',
          '-i',
          options.device ?? 'any',
          '-s',
          '2048',
          '-U',
          '--immediate-mode',
          '-B',
          '8192',
        ],
        ...['-Z', 'root', '-w', file, options.filter ?? 'udp port 1701'],
      ]),
    );
    await program.waitForLine(/listening on/);
    return new Capture(program, file);
  }

  /** Ends the capture. Safe to call again. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await sleep(200);
    await this.#program.stop('SIGINT');
  }

  async #tshark(args: readonly string[]): Promise<string> {
    await this.stop();
    const { stdout } = await run(['tshark', '-n', '-r', this.file, '-d', 'udp.port==1701,l2tp', ...args], {
      timeout: DECODE_TIME,
      env: { WIRESHARK_RUN_FROM_BUILD_DIRECTORY: '' },
    });
    return stdout;
  }

  /** Decoded fields of all packets that match a display filter. */
  async fields(names: readonly string[], filter = ''): Promise<PacketFields[]> {
    const stdout = await this.#tshark([
      ...(filter === '' ? [] : ['-Y', filter]),
      ...['-T', 'json', ...names.flatMap((name) => ['-e', name])],
    ]);
    const packets = JSON.parse(stdout) as { _source: { layers: PacketFields } }[];
    return packets.map((packet) => packet._source.layers);
  }

  /** All control messages with a body, in order. A message that was sent again is there again, with its Ns. */
  async controlMessages(): Promise<ControlMessage[]> {
    const packets = await this.fields(
      [
        ...['ip.src', 'ipv6.src', 'l2tp.avp.message_type', 'l2tp.tunnel', 'l2tp.session', 'l2tp.Ns'],
        ...['l2tp.result_code', 'l2tp.avp.error_code', 'l2tp.avp.assigned_tunnel_id'],
        ...['l2tp.avp.assigned_session_id', 'l2tp.avp.hidden', 'l2tp.avp.type'],
      ],
      'l2tp.avp.message_type',
    );
    const number = (fields: PacketFields, name: string): number | undefined => {
      const text = fields[name]?.[0];
      return text === undefined ? undefined : Number(text);
    };
    return packets.map((fields) => ({
      source: fields['ip.src']?.[0] ?? fields['ipv6.src']?.[0] ?? '',
      type: number(fields, 'l2tp.avp.message_type') ?? 0,
      tunnelId: number(fields, 'l2tp.tunnel') ?? 0,
      sessionId: number(fields, 'l2tp.session') ?? 0,
      Ns: number(fields, 'l2tp.Ns') ?? 0,
      resultCode: number(fields, 'l2tp.result_code'),
      errorCode: number(fields, 'l2tp.avp.error_code'),
      fields,
    }));
  }

  /**
   * Lets tshark judge every packet that `source` sent, or all.
   * @throws Error with the lines of tshark when one is malformed or has an expert error, or nothing was captured
   */
  async check(source?: string): Promise<void> {
    await this.stop();
    const from = source === undefined ? 'l2tp' : `l2tp && (ip.src == ${source})`;
    const count =
      (await this.#tshark(['-Y', from, '-T', 'fields', '-e', 'frame.number'])).split('\n').length - 1;
    if (count === 0)
      throw new Error(`the capture has no L2TP packet${source === undefined ? '' : ` of ${source}`}`);
    const bad = await this.#tshark([
      '-Y',
      `(${from}) && (_ws.malformed || _ws.expert.severity >= ${EXPERT_ERROR})`,
      ...[
        '-T',
        'fields',
        '-e',
        'frame.number',
        '-e',
        '_ws.col.Source',
        '-e',
        '_ws.col.Info',
        '-e',
        '_ws.expert.message',
      ],
    ]);
    if (bad.trim() !== '') {
      const [first] = bad.split('\t');
      const detail = await this.#tshark(['-Y', `frame.number == ${Number(first)}`, '-V', '-x']);
      throw new Error(`tshark finds fault with packets:\n${bad}\n${detail}`);
    }
    if (/[1-9]\d* packets? dropped by kernel/.test(this.#program.output.text)) {
      throw new Error(`tcpdump missed packets:\n${this.#program.output.tail()}`);
    }
  }

  /** All that tshark says of expert severity `warn` and above, for a person to look at. */
  async warnings(): Promise<string> {
    return await this.#tshark(['-q', '-z', 'expert,warn']);
  }
}
