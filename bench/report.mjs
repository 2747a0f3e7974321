// @ts-check
// The tables that people read.

/**
 * @param {string[]} titles
 * @param {(string | number)[][]} rows
 */
function table(titles, rows) {
  const cells = [titles, ...rows.map((row) => row.map(String))];
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) => row.map((text, column) => text.padStart(widths[column] ?? 0)).join('  ')).join('\n');
}

const machineLine = (/** @type {any} */ { kernel, cpus, node }) => `Linux ${kernel}, ${cpus} CPU, Node ${node}`;

/** @param {any} result */
export function sessionTable(result) {
  const n = (/** @type {number} */ value, digits = 0) => value.toFixed(digits);
  const repeats = (/** @type {any} */ { l2tpSent, l2tpReceived, pppSent, pppReceived }) =>
    `${l2tpReceived + pppReceived}/${l2tpSent + pppSent}`;
  const rows = result.sessions.map((/** @type {any} */ { size, lns, floor, ratio }) => [
    size,
    n(floor.up.perSecond),
    n(lns.callsPerSecond),
    n(ratio, 2),
    lns.failed,
    `${lns.latency.p50}/${lns.latency.p95}/${lns.latency.p99}`,
    repeats(lns.repeats),
    n(floor.up.userMs + floor.up.systemMs, 2),
    `${n(lns.userMs, 2)}+${n(lns.systemMs, 2)}`,
    n(lns.rssKb, 1),
    n(lns.descriptors, 2),
    n(floor.down.perSecond),
    n(lns.down.perSecond),
  ]);
  const titles = [
    ...['sessions', 'floor/s', 'calls/s', 'ratio', 'failed', 'p50/95/99 ms', 'repeats LNS/LAC'],
    ...['floor CPU ms', 'CPU ms user+sys', 'RSS kB', 'fds', 'floor down/s', 'down/s'],
  ];
  const idle = result.sessions.at(-1)?.lns.idle;
  const idleLine =
    idle === undefined
      ? ''
      : `${result.sessions.at(-1).size} sessions idle for ${idle.seconds} s: ${n(idle.percentOfACore, 2)} % of a core\n`;
  const head = `${machineLine(result)}; ${result.tunnels} tunnel(s), ${result.inFlight} calls in flight, CHAP, ${result.warmUp} calls before; CPU, RSS and descriptors a session\n`;
  return `${head}${table(titles, rows)}\n${idleLine}`;
}

/** @param {any} result */
export function dataTable(result) {
  const rows = result.data.rows.map((/** @type {any} */ row) => [
    row.size,
    row.direction,
    row.plain.toFixed(0),
    row.session.toFixed(0),
    row.ratio.toFixed(2),
  ]);
  const { lnsCpuMs, packetsThroughSession } = result.data;
  return (
    `${machineLine(result)}; one session, one sender\n` +
    `${table(['bytes', 'from subscriber', 'plain packets/s', 'session packets/s', 'ratio'], rows)}\n` +
    `CPU of the LNS process: ${lnsCpuMs} ms for ${packetsThroughSession} packets\n`
  );
}
