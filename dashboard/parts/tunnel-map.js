import { h, svg } from '../dom.js';
import { count, rate } from '../format.js';

/** LACs that get a place of their own; the smaller ones share one. */
const PLACES = 14;
const LINE = 46;
const BOX = { width: 210, height: 36 };

/** The LACs on the left, their tunnels as lines, this server on the right. */
export function tunnelMap() {
  const element = h('div');
  let tunnels = [];
  const draw = () => {
    const width = element.clientWidth;
    if (width > 0)
      element.replaceChildren(
        tunnels.length === 0 ? h('div', { class: 'empty' }, 'No tunnels') : picture(tunnels, width),
      );
  };
  const observer = new ResizeObserver(draw);
  observer.observe(element);
  return {
    element,
    show: (all) => {
      tunnels = all;
      draw();
    },
    dispose: () => observer.disconnect(),
  };
}

function picture(tunnels, width) {
  const lacs = byLac(tunnels);
  const places = lacs.length > PLACES ? [...lacs.slice(0, PLACES - 1), others(lacs.slice(PLACES - 1))] : lacs;
  const height = Math.max(places.length * LINE, 110);
  const box = Math.min(BOX.width, width * 0.42);
  const hub = { x: width - 60, y: height / 2, r: 38 };
  const busiest = Math.max(1, ...places.flatMap((lac) => lac.tunnels.map(traffic)));
  const top = (height - places.length * LINE) / 2;
  const sessions = tunnels.reduce((sum, one) => sum + one.sessions, 0);
  return svg(
    'svg',
    {
      class: 'map',
      viewBox: `0 0 ${width} ${height}`,
      height,
      role: 'img',
      'aria-label': `${lacs.length} LACs, ${tunnels.length} tunnels`,
    },
    places.flatMap((lac, index) => flows(lac, { x: box, y: top + index * LINE + LINE / 2 }, hub, busiest)),
    places.map((lac, index) => node(lac, top + index * LINE + (LINE - BOX.height) / 2, box)),
    svg('circle', { class: 'hub', cx: hub.x, cy: hub.y, r: hub.r }),
    svg('text', { x: hub.x, y: hub.y - 1, 'text-anchor': 'middle' }, count(sessions)),
    svg('text', { class: 'sub', x: hub.x, y: hub.y + 14, 'text-anchor': 'middle' }, 'sessions'),
  );
}

const traffic = ({ rxRate, txRate }) => rxRate + txRate;

function byLac(tunnels) {
  const lacs = new Map();
  for (const tunnel of tunnels) {
    const key = `${tunnel.peerHostName} ${tunnel.peerAddress}`;
    const lac = lacs.get(key) ?? {
      name: tunnel.peerHostName,
      address: tunnel.peerAddress,
      tunnels: [],
      sessions: 0,
    };
    lac.tunnels.push(tunnel);
    lac.sessions += tunnel.sessions;
    lacs.set(key, lac);
  }
  return [...lacs.values()].sort((a, b) => b.sessions - a.sessions);
}

const others = (lacs) => ({
  name: `${lacs.length} more LACs`,
  address: '',
  tunnels: lacs.flatMap((lac) => lac.tunnels),
  sessions: lacs.reduce((sum, lac) => sum + lac.sessions, 0),
});

/** Lines that one LAC's tunnels get; more of them would be one blot. */
const LINES = 6;

function flows(lac, from, hub, busiest) {
  const shown = lac.tunnels.slice(0, LINES);
  return shown.map((tunnel, index) => {
    const shift = (index - (shown.length - 1) / 2) * 5;
    const middle = (from.x + hub.x) / 2;
    const load = traffic(tunnel) / busiest;
    const line = svg('path', {
      class: load > 0 ? 'flow' : 'flow idle',
      'stroke-width': 1 + 5 * Math.sqrt(load),
      d: `M${from.x} ${from.y + shift}C${middle} ${from.y + shift} ${middle} ${hub.y} ${hub.x - hub.r} ${hub.y}`,
    });
    line.append(
      svg(
        'title',
        {},
        `tunnel ${tunnel.tunnelId}: ${count(tunnel.sessions)} sessions, ${rate(traffic(tunnel))}`,
      ),
    );
    return line;
  });
}

function node(lac, y, width) {
  const letters = Math.floor((width - 24) / 7);
  const cut = (text) => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text);
  const number = `${count(lac.sessions)} in ${lac.tunnels.length === 1 ? '1 tunnel' : `${count(lac.tunnels.length)} tunnels`}`;
  const href =
    lac.tunnels.length === 1
      ? `#/tunnels/${lac.tunnels[0].tunnelId}`
      : lac.address === ''
        ? '#/sessions'
        : `#/sessions?search=${encodeURIComponent(lac.address)}`;
  return svg(
    'a',
    { href, 'aria-label': `${lac.name} ${lac.address}: ${number}` },
    svg('rect', { class: 'node', x: 0.5, y, width: width - 1, height: BOX.height, rx: 8 }),
    svg('text', { x: 12, y: y + 15 }, cut(lac.name || lac.address)),
    svg('text', { class: 'sub', x: 12, y: y + 29 }, cut(`${lac.address}  ${number}`.trim())),
  );
}
