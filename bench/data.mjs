// @ts-check
// Packets through a session in both directions, next to plain routing between the same namespaces.
import { once } from 'node:events';
import { lnsConfig } from './sessions.mjs';
import { addresses, Generator, inside, LnsProcess, namespace, startInside } from './world.mjs';

const discard = '9';
const rounds = 9;

/**
 * @param {{ blast: string, sizes: number[], seconds: number, say: (line: string) => void }} options
 */
export async function benchData({ blast, sizes, seconds, say }) {
  const lns = await LnsProcess.start(lnsConfig);
  const generator = new Generator({ tunnels: 1, inFlight: 1 });
  await generator.up(1);
  const session = lns.sessions()[0];
  const ports = inside(namespace.lac, ['ss', '-Huan']).match(/10\.1\.0\.2:(\d+) +10\.1\.0\.1:1701/);
  const port = ports?.[1] ?? '';
  const { lac, lns: lnsAddress, server } = addresses;
  const cpuBefore = lns.usage();
  let through = 0;
  const results = [];
  for (const size of sizes) {
    const common = [String(size), String(seconds)];
    const ways = {
      up: {
        device: { where: namespace.server, name: 'tolns' },
        plain: [namespace.lac, ['plain', lac, '5000', server, discard, ...common]],
        session: [
          namespace.lac,
          ['tunnel', lac, port, lnsAddress, '1701', ...common, session.tunnelId, session.sessionId, session.address, server],
        ],
      },
      down: {
        device: { where: namespace.lac, name: 'tolns' },
        plain: [namespace.server, ['plain', server, '5000', lac, discard, ...common]],
        session: [namespace.server, ['plain', server, '5000', session.address, discard, ...common]],
      },
    };
    for (const [direction, way] of Object.entries(ways)) {
      const rates = { plain: /** @type {number[]} */ ([]), session: /** @type {number[]} */ ([]) };
      const run = async (/** @type {'plain' | 'session'} */ kind) => {
        const [where, argv] = /** @type {[string, any[]]} */ (way[kind]);
        const end = new FarEnd(way.device);
        const sent = JSON.parse(await output(where, [blast, ...argv.map(String)]));
        const packets = end.close();
        if (kind === 'session') through += packets;
        rates[kind].push(packets / sent.seconds);
      };
      // In turn, so that both meet the same machine.
      for (let round = 0; round < rounds; round++) {
        await run('plain');
        await run('session');
      }
      const [plain, inSession] = [median(rates.plain), median(rates.session)];
      say(`${size} bytes ${direction}: plain ${plain.toFixed(0)} packets/s, session ${inSession.toFixed(0)}`);
      // Of the two blasts of one round: what slows the machine down for a while then slows both.
      const ratio = median(rates.plain.map((each, round) => (rates.session[round] ?? 0) / each));
      results.push({ size, direction, plain, session: inSession, ratio });
    }
  }
  const cpuAfter = lns.usage();
  await generator.down();
  await generator.stop();
  await lns.stop();
  const cpuMs = cpuAfter.user + cpuAfter.system - cpuBefore.user - cpuBefore.system;
  return { rows: results, packetsThroughSession: through, lnsCpuMs: cpuMs };
}

/**
 * A device that counts the packets that reach it and drops them there: what another program, or the other end of the
 * tunnel, would do with them is not measured, and is the same for both kinds.
 */
class FarEnd {
  /** @param {{ where: string, name: string }} device */
  constructor(device) {
    this.device = device;
    this.tc('qdisc add', 'clsact');
    this.tc('filter add', 'ingress', 'protocol', 'ip', 'matchall', 'action', 'drop');
    this.before = this.received();
  }

  /** @returns {number} the packets that came */
  close() {
    const packets = this.received() - this.before;
    this.tc('qdisc del', 'clsact');
    return packets;
  }

  received() {
    const { where, name } = this.device;
    const [link] = JSON.parse(inside(where, ['ip', '-j', '-s', 'link', 'show', name]));
    return link.stats64.rx.packets;
  }

  /**
   * @param {string} command
   * @param {string[]} rest
   */
  tc(command, ...rest) {
    inside(this.device.where, ['tc', ...command.split(' '), 'dev', this.device.name, ...rest]);
  }
}

/**
 * @param {string} where
 * @param {string[]} argv
 * @returns {Promise<string>}
 */
async function output(where, argv) {
  const child = startInside(where, argv, ['ignore', 'pipe', 'inherit']);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part) => (text += part));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
  return text;
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
