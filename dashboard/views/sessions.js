import { ApiError } from '../api.js';
import { h, repeat, setText } from '../dom.js';
import { count, duration, octets, rate } from '../format.js';
import { VirtualTable } from '../virtual-table.js';

const REFRESH = 3000;
const states = ['open', 'lcp', 'authenticate', 'network', 'closing'];

export const sessionState = (cell, { state }) => {
  cell.className = 'state';
  cell.dataset.state = state;
};

const columns = [
  {
    title: 'User',
    width: 'minmax(90px, 2fr)',
    sort: 'user',
    phone: true,
    text: ({ user, id }) => user ?? id,
  },
  {
    title: 'State',
    width: 'minmax(84px, 0.8fr)',
    sort: 'state',
    phone: true,
    text: ({ state }) => state,
    decorate: sessionState,
  },
  {
    title: 'Address',
    width: 'minmax(104px, 1.1fr)',
    sort: 'address',
    phone: true,
    text: ({ address }) => address ?? '',
  },
  { title: 'Calling number', width: 'minmax(90px, 1.1fr)', text: ({ callingNumber }) => callingNumber ?? '' },
  { title: 'LAC', width: 'minmax(100px, 1.1fr)', text: ({ peerAddress }) => peerAddress },
  { title: 'Interface', width: 'minmax(70px, 0.7fr)', text: ({ interfaceName }) => interfaceName ?? '' },
  { title: 'From', width: 'minmax(80px, 0.8fr)', right: true, text: ({ rxRate }) => rate(rxRate) },
  {
    title: 'To',
    width: 'minmax(80px, 0.8fr)',
    right: true,
    sort: 'rate',
    phone: false,
    text: ({ txRate }) => rate(txRate),
  },
  {
    title: 'Volume',
    width: 'minmax(76px, 0.8fr)',
    right: true,
    sort: 'bytes',
    text: ({ rxBytes, txBytes }) => octets(rxBytes + txBytes),
  },
  {
    title: 'Up for',
    width: 'minmax(64px, 0.6fr)',
    right: true,
    sort: 'since',
    text: ({ since }) => duration(Date.now() - since),
  },
];

/** All sessions: search, filter, order. */
export function sessions({ api, live, guard, tell, signal, query, navigate }) {
  const search = query.get('search') ?? '';
  const tunnelId = query.get('tunnel') ?? '';
  let state = query.get('state') ?? '';
  const total = h('span', { class: 'muted', 'aria-live': 'polite' });

  const table = new VirtualTable({
    label: 'Sessions',
    columns,
    sort: '-since',
    load: async (offset, limit, sort) => {
      try {
        const answer = await api.get('sessions', { search, tunnelId, state, sort, offset, limit }, signal);
        return { rows: answer.sessions, total: answer.total };
      } catch (error) {
        if (!signal.aborted) tell(error);
        throw error;
      }
    },
    onOpen: ({ id }) => navigate(`#/sessions/${encodeURIComponent(id)}`),
    onTotal: (number) => setText(total, `${count(number)} ${number === 1 ? 'session' : 'sessions'}`),
  });
  const refresh = guard(() => table.refresh());
  repeat(refresh, REFRESH, signal);
  // Soon after something came or went, but not for every one of a thousand.
  let soon;
  live.addEventListener(
    'event',
    () =>
      (soon ??= setTimeout(() => {
        soon = undefined;
        void refresh();
      }, 400)),
    { signal },
  );
  signal.addEventListener('abort', () => {
    clearTimeout(soon);
    table.dispose();
  });

  const filter = h(
    'select',
    {
      'aria-label': 'State',
      on: {
        change: (event) => {
          state = event.currentTarget.value;
          table.reset();
        },
      },
    },
    h('option', { value: '' }, 'any state'),
    states.map((name) => h('option', { value: name, selected: name === state }, name)),
  );
  const chips = [
    ...(search === '' ? [] : [chip(`matching “${search}”`)]),
    ...(tunnelId === '' ? [] : [chip(`in tunnel ${tunnelId}`)]),
  ];
  return h(
    'div',
    { class: 'page filling' },
    h('div', { class: 'head' }, h('h1', {}, 'Sessions'), total, chips, h('div', { class: 'end' }, filter)),
    table.element,
  );
}

const chip = (text) =>
  h('a', { class: 'pill', href: '#/sessions', 'aria-label': `${text}: show all instead` }, `${text}  ×`);

/** True for an answer that says that there is no such thing. */
export const isMissing = (error) => error instanceof ApiError && error.status === 404;
