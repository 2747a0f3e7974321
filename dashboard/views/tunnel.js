import { TimeChart } from '../chart.js';
import { confirmAction } from '../dialog.js';
import { h, repeat, setText } from '../dom.js';
import { count, dateTime, duration, rate } from '../format.js';
import { panel } from './overview.js';
import { isMissing } from './sessions.js';

const REFRESH = 2000;
const READINGS = 300;

/** One tunnel. */
export function tunnel({ api, guard, signal, parts: [, tunnelId], mayOperate }) {
  const title = h('h1', {}, `Tunnel ${tunnelId}`);
  const facts = h('dl', { class: 'facts' });
  const chart = new TimeChart({
    label: 'Throughput of this tunnel',
    series: [
      { label: 'to subscribers', tone: 'tx', format: rate, area: true },
      { label: 'from subscribers', tone: 'rx', format: rate },
    ],
  });
  // The first place is empty, so that the chart begins two minutes wide.
  const readings = [[Date.now() / 1000 - 120], [null], [null]];
  const disconnect = h('button', { class: 'danger operator', type: 'button', hidden: true }, 'Close tunnel');
  let over = false;
  let sessions = 0;

  const load = guard(async () => {
    if (over) return;
    try {
      const { tunnel: one } = await api.get(`tunnels/${encodeURIComponent(tunnelId)}`, {}, signal);
      sessions = one.sessions;
      setText(title, one.peerHostName);
      facts.replaceChildren(
        ...factsOf(one).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
      );
      for (const [column, value] of [Date.now() / 1000, one.txRate, one.rxRate].entries()) {
        readings[column].push(value);
        if (readings[column].length > READINGS) readings[column].shift();
      }
      chart.setData(readings);
    } catch (error) {
      if (!isMissing(error)) throw error;
      over = true;
      setText(title, 'There is no such tunnel any more');
    }
    disconnect.hidden = over || !mayOperate();
  });
  disconnect.addEventListener('click', async () => {
    await confirmAction({
      title: `Close the tunnel of ${title.textContent}?`,
      text: `Its ${count(sessions)} sessions end at once with a StopCCN to the LAC.`,
      action: 'Close tunnel',
      act: (reason) =>
        api.post('disconnect', {
          filter: { tunnelId: Number(tunnelId) },
          ...(reason !== undefined && { reason }),
        }),
    });
    await load();
  });
  repeat(load, REFRESH, signal);
  signal.addEventListener('abort', () => chart.dispose());

  return h(
    'div',
    { class: 'page' },
    h(
      'div',
      { class: 'head' },
      h('a', { class: 'button', href: '#/tunnels' }, '← Tunnels'),
      title,
      h(
        'div',
        { class: 'end' },
        h(
          'a',
          { class: 'button', href: `#/sessions?tunnel=${encodeURIComponent(tunnelId)}` },
          'Its sessions',
        ),
        disconnect,
      ),
    ),
    panel('Facts', 'w12', facts),
    panel('Throughput', 'w12', chart.element, chart.legend),
  );
}

const factsOf = (one) =>
  [
    ['Host name', one.peerHostName],
    ['Vendor', one.peerVendorName],
    ['Address', `${one.peerAddress} port ${one.peerPort}`],
    ['Our address', one.localAddress],
    ['Tunnel id, here / there', `${one.tunnelId} / ${one.peerTunnelId}`],
    ['State', one.state],
    ['Profile', one.profile],
    ['Sessions', count(one.sessions)],
    ['Control messages waiting', count(one.backlog)],
    ['Since', `${dateTime(one.since)} (${duration(Date.now() - one.since)})`],
  ].filter(([, value]) => value !== undefined && value !== '');
