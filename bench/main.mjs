// @ts-check
// What `npm run bench` runs in the lab. Options: scripts/bench --help.
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchCounters } from './counters.mjs';
import { benchData } from './data.mjs';
import { benchRadius } from './radius.mjs';
import { dataTable, sessionTable } from './report.mjs';
import { benchSessions } from './sessions.mjs';
import { buildWorld, removeWorld } from './world.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    programs: { type: 'string', default: '.cache/bench' },
    sizes: { type: 'string' },
    tunnels: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '256' },
    'warm-up': { type: 'string', default: '2000' },
    idle: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '1' },
    output: { type: 'string' },
    'node-options': { type: 'string', default: '' },
  },
});
const say = (/** @type {string} */ line) => void process.stderr.write(`bench: ${line}\n`);
const list = (/** @type {string} */ text) => text.split(',').map(Number);

process.on('exit', removeWorld);
removeWorld();
buildWorld();
const machine = { kernel: release(), cpus: cpus().length, node: process.version };
let result;
if (positionals[0] === 'data') {
  const sizes = list(values.sizes ?? '64,512,1400');
  const data = await benchData({ blast: `${values.programs}/blast`, sizes, seconds: Number(values.seconds), say });
  result = { ...machine, data };
  process.stdout.write(dataTable(result));
} else if (positionals[0] === 'radius') {
  const radius = await benchRadius({
    sizes: list(values.sizes ?? '200,1000'),
    tunnels: Number(values.tunnels),
    inFlight: Number(values['in-flight']),
    warmUp: Number(values['warm-up']),
    nodeOptions: values['node-options'].split(' ').filter(Boolean),
    say,
  });
  result = { ...machine, radius };
} else if (positionals[0] === 'counters') {
  const counters = await benchCounters({ sizes: list(values.sizes ?? '300,3000'), say });
  result = { ...machine, counters };
} else {
  const sessions = await benchSessions({
    sizes: list(values.sizes ?? '200,1000,3000,10000'),
    tunnels: Number(values.tunnels),
    inFlight: Number(values['in-flight']),
    warmUp: Number(values['warm-up']),
    idle: Number(values.idle),
    floor: `${values.programs}/floor`,
    nodeOptions: values['node-options'].split(' ').filter(Boolean),
    say,
  });
  result = { ...machine, tunnels: Number(values.tunnels), inFlight: Number(values['in-flight']), warmUp: Number(values['warm-up']), sessions };
  process.stdout.write(sessionTable(result));
}
const json = JSON.stringify(result, null, 2);
if (values.output !== undefined) writeFileSync(values.output, `${json}\n`);
process.stdout.write(`${json}\n`);
