import { h, repeat, setText } from '../dom.js';
import { count, duration, rate } from '../format.js';
import { tunnelMap } from '../parts/tunnel-map.js';
import { VirtualTable } from '../virtual-table.js';
import { panel } from './overview.js';

const REFRESH = 3000;
/** What the map and the table can tell apart. */
const MOST = 10_000;

const columns = [
  { title: 'LAC', width: 'minmax(110px, 2fr)', phone: true, text: ({ peerHostName }) => peerHostName },
  { title: 'Address', width: 'minmax(110px, 1.3fr)', phone: true, text: ({ peerAddress }) => peerAddress },
  {
    title: 'State',
    width: 'minmax(90px, 1fr)',
    text: ({ state }) => state,
    decorate: (cell, { state }) => {
      cell.className = 'state';
      cell.dataset.state = state;
    },
  },
  { title: 'Profile', width: 'minmax(70px, 1fr)', text: ({ profile }) => profile ?? '' },
  {
    title: 'Sessions',
    width: 'minmax(66px, 0.6fr)',
    right: true,
    phone: true,
    text: ({ sessions }) => count(sessions),
  },
  { title: 'From', width: 'minmax(84px, 0.8fr)', right: true, text: ({ rxRate }) => rate(rxRate) },
  { title: 'To', width: 'minmax(84px, 0.8fr)', right: true, text: ({ txRate }) => rate(txRate) },
  { title: 'Waiting', width: 'minmax(56px, 0.5fr)', right: true, text: ({ backlog }) => count(backlog) },
  {
    title: 'Up for',
    width: 'minmax(64px, 0.6fr)',
    right: true,
    text: ({ since }) => duration(Date.now() - since),
  },
];

/** All tunnels: the map of LACs, and the table. */
export function tunnels({ api, guard, signal, navigate }) {
  let all = [];
  const map = tunnelMap();
  const total = h('span', { class: 'muted' });
  const table = new VirtualTable({
    label: 'Tunnels',
    columns,
    load: (offset, limit) => Promise.resolve({ rows: all.slice(offset, offset + limit), total: all.length }),
    onOpen: ({ tunnelId }) => navigate(`#/tunnels/${tunnelId}`),
  });
  table.element.classList.add('short');
  repeat(
    guard(async () => {
      const answer = await api.get('tunnels', { limit: MOST }, signal);
      all = answer.tunnels.sort((a, b) => b.sessions - a.sessions || a.tunnelId - b.tunnelId);
      setText(total, `${count(answer.total)} ${answer.total === 1 ? 'tunnel' : 'tunnels'}`);
      map.show(all);
      await table.refresh();
    }),
    REFRESH,
    signal,
  );
  signal.addEventListener('abort', () => {
    table.dispose();
    map.dispose();
  });
  return h(
    'div',
    { class: 'page' },
    h('div', { class: 'head' }, h('h1', {}, 'Tunnels'), total),
    panel(
      'Map',
      'w12',
      map.element,
      h('span', { class: 'legend' }, 'a line is as thick as its tunnel is busy'),
    ),
    table.element,
  );
}
