import { TimeChart } from '../chart.js';
import { h, repeat, setText } from '../dom.js';
import { bars } from '../parts/bars.js';
import { feed } from '../parts/feed.js';
import { count, decimal, duration, rate, rateParts, words } from '../format.js';

const REFRESH = 2500;
const SLOW_REFRESH = 5000;
const TALKERS = 8;

/** Milliseconds of each range, and which samples hold it. */
const ranges = [
  { name: '15 min', length: 900_000, resolution: 'fine' },
  { name: '1 h', length: 3_600_000, resolution: 'fine' },
  { name: '24 h', length: 86_400_000, resolution: 'coarse' },
  { name: '7 d', length: 604_800_000, resolution: 'coarse' },
];

/** What goes on, at a glance. */
export function overview({ api, live, guard, signal }) {
  const figures = new Figures();
  const charts = new Charts();
  const talkers = bars({ empty: 'No traffic' });
  const failures = bars({ empty: 'No failures in the last hour', tone: 'bad' });
  const pools = bars({ empty: 'No pools' });
  const radius = bars({ empty: 'No answers yet' });
  const radiusPanel = panel('RADIUS servers', 'w12', radius.element);
  radiusPanel.hidden = true;
  const events = feed(live, signal, 12);

  repeat(
    guard(async () => figures.show(await api.get('stats', {}, signal), failures)),
    REFRESH,
    signal,
  );
  repeat(
    guard(() => charts.load(api, signal)),
    SLOW_REFRESH,
    signal,
  );
  repeat(
    guard(async () => {
      const [top, { pools: all }] = await Promise.all([
        api.get('sessions', { sort: '-rate', limit: TALKERS, state: 'open' }, signal),
        api.get('pools', {}, signal),
      ]);
      showTalkers(talkers, top.sessions);
      pools.show(all.map(poolBar));
    }),
    SLOW_REFRESH,
    signal,
  );
  if (api.has('/radius'))
    repeat(
      guard(() => showRadius(api, radius, radiusPanel, signal)),
      SLOW_REFRESH,
      signal,
    );
  signal.addEventListener('abort', () => charts.dispose());

  return h(
    'div',
    { class: 'page' },
    h('div', { class: 'head' }, h('h1', {}, 'Overview'), h('div', { class: 'end' }, charts.picker)),
    figures.element,
    h(
      'div',
      { class: 'grid' },
      panel('Sessions and calls', 'w6', charts.sessions.element, charts.sessions.legend),
      panel('Throughput', 'w6', charts.throughput.element, charts.throughput.legend),
      panel('Top talkers', 'w4', talkers.element),
      panel('Failures by cause', 'w4', failures.element, h('span', { class: 'legend' }, 'last hour')),
      panel('Address pools', 'w4', pools.element),
      radiusPanel,
      panel('Load of the process', 'w6', charts.process.element, charts.process.legend),
      panel('Latest events', 'w6', events),
    ),
  );
}

export function panel(title, width, body, aside = undefined) {
  return h(
    'section',
    { class: `panel ${width}`, 'aria-label': title },
    h('header', {}, h('h2', {}, title), aside),
    h('div', { class: 'body' }, body),
  );
}

/** The row of numbers. */
class Figures {
  element = h('section', { class: 'figures', 'aria-label': 'Figures' });
  #figures = new Map();

  constructor() {
    for (const name of [
      'Sessions',
      'Calls in progress',
      'To subscribers',
      'From subscribers',
      'Tunnels',
      'Failures, last hour',
    ]) {
      const parts = {
        element: h('div', { class: 'figure' }),
        value: h('span'),
        unit: h('small'),
        note: h('div', { class: 'note' }),
      };
      parts.element.append(
        h('div', { class: 'name' }, name),
        h('div', { class: 'value' }, parts.value, parts.unit),
        parts.note,
      );
      this.#figures.set(name, parts);
      this.element.append(parts.element);
    }
  }

  show(stats, failures) {
    const lastHour = stats.failures.reduce((sum, one) => sum + one.lastHour, 0);
    const [tx, txUnit] = rateParts(stats.txRate);
    const [rx, rxUnit] = rateParts(stats.rxRate);
    this.#set(
      'Sessions',
      count(stats.sessionsUp),
      '',
      `peak ${count(stats.sessionsPeak)}, ${count(stats.sessionsSinceStart)} since start`,
    );
    this.#set(
      'Calls in progress',
      count(stats.callsInProgress),
      '',
      `${count(stats.kernelOperations)} kernel operations waiting`,
    );
    this.#set('To subscribers', tx, txUnit, 'all sessions');
    this.#set('From subscribers', rx, rxUnit, 'all sessions');
    this.#set(
      'Tunnels',
      count(stats.tunnels),
      '',
      `${count(stats.halfOpenTunnels)} half open, ${count(stats.backlog)} messages waiting`,
    );
    this.#set(
      'Failures, last hour',
      count(lastHour),
      '',
      `${count(stats.failuresSinceStart)} since start`,
      lastHour > 0 ? 'warn' : 'idle',
    );
    const most = Math.max(1, ...stats.failures.map((one) => one.lastHour));
    failures.show(
      stats.failures
        .filter((one) => one.lastHour > 0)
        .slice(0, TALKERS)
        .map(({ cause, lastHour: number }) => ({
          label: words(cause),
          number: count(number),
          part: number / most,
          href: '#/activity',
        })),
    );
  }

  #set(name, value, unit, note, tone = 'idle') {
    const parts = this.#figures.get(name);
    setText(parts.value, value);
    setText(parts.unit, unit);
    setText(parts.note, note);
    parts.element.dataset.tone = tone;
  }
}

/** The charts over time, with their range. */
class Charts {
  sessions = new TimeChart({
    label: 'Sessions and calls per second over time',
    series: [
      { label: 'sessions', tone: 'accent', format: count, area: true },
      { label: 'calls/s', tone: 'rx', format: decimal, scale: 'calls' },
      { label: 'failures/s', tone: 'bad', format: decimal, scale: 'calls' },
    ],
  });
  throughput = new TimeChart({
    label: 'Throughput over time',
    series: [
      { label: 'to subscribers', tone: 'tx', format: rate, area: true },
      { label: 'from subscribers', tone: 'rx', format: rate },
    ],
  });
  process = new TimeChart({
    label: 'CPU and event loop delay of the process over time',
    height: 190,
    series: [
      { label: 'CPU', tone: 'accent', format: (part) => `${decimal(part * 100)} %`, area: true },
      { label: 'event loop delay', tone: 'warn', format: (ms) => `${decimal(ms)} ms`, scale: 'ms' },
    ],
  });
  picker = h('div', { class: 'segments', role: 'group', 'aria-label': 'Range of the charts' });
  #range = ranges[0];
  #reload = () => {};

  constructor() {
    for (const range of ranges) {
      this.picker.append(
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(range === this.#range),
            on: { click: (event) => this.#choose(range, event.currentTarget) },
          },
          range.name,
        ),
      );
    }
  }

  async load(api, signal) {
    this.#reload = () => void this.load(api, signal).catch(() => {});
    const { resolution, length } = this.#range;
    const { time, series } = await api.get(
      'stats/history',
      { resolution, since: Date.now() - length },
      signal,
    );
    const seconds = time.map((ms) => ms / 1000);
    this.sessions.setData([seconds, series.sessions, series.callsPerSecond, series.failuresPerSecond]);
    this.throughput.setData([seconds, series.txRate, series.rxRate]);
    this.process.setData([seconds, series.cpu, series.eventLoopLag]);
  }

  dispose() {
    for (const chart of [this.sessions, this.throughput, this.process]) chart.dispose();
  }

  #choose(range, button) {
    this.#range = range;
    for (const other of this.picker.children) other.setAttribute('aria-pressed', String(other === button));
    this.#reload();
  }
}

function showTalkers(list, sessions) {
  const busy = sessions.filter(({ rxRate, txRate }) => rxRate + txRate > 0);
  const most = Math.max(1, ...busy.map(({ rxRate, txRate }) => rxRate + txRate));
  list.show(
    busy.map(({ id, user, address, rxRate, txRate }) => ({
      label: user ?? address ?? id,
      number: rate(rxRate + txRate),
      part: (rxRate + txRate) / most,
      href: `#/sessions/${encodeURIComponent(id)}`,
    })),
  );
}

const poolBar = ({ name, used, size }) => ({
  label: name,
  number: `${count(used)} of ${count(size)}`,
  part: size === 0 ? 0 : used / size,
  limits: { high: 0.8, warn: 0.95 },
});

/** The panel of RADIUS servers with the time that they take to answer, where the server asks any. */
async function showRadius(api, list, section, signal) {
  const { authentication = [], accounting = [] } = await api.get('radius', {}, signal);
  const servers = [
    ...authentication.map((one) => ({ ...one, task: 'authentication' })),
    ...accounting.map((one) => ({ ...one, task: 'accounting' })),
  ];
  section.hidden = servers.length === 0;
  const slowest = Math.max(1, ...servers.map(({ latency }) => latency ?? 0));
  list.show(
    servers.map(({ name, task, state, latency, inFlight }) => ({
      label: `${name}, ${task}: ${state}`,
      number: `${latency === undefined ? '–' : duration(latency)}, ${count(inFlight)} in flight`,
      part: (latency ?? 0) / slowest,
    })),
  );
}
