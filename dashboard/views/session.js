import { TimeChart } from '../chart.js';
import { confirmAction } from '../dialog.js';
import { h, repeat, setText } from '../dom.js';
import { count, dateTime, duration, octets, rate, words } from '../format.js';
import { panel } from './overview.js';
import { isMissing, sessionState } from './sessions.js';

const REFRESH = 2000;
/** Readings that the chart keeps: ten minutes. */
const READINGS = 300;

/** One session: what it is, what it carries, and its life. */
export function session({ api, guard, signal, parts: [, id], mayOperate }) {
  const title = h('h1', {}, 'Session');
  const state = h('span', { class: 'state' });
  const facts = h('dl', { class: 'facts' });
  const life = h('div', {}, h('div', { class: 'empty' }, 'Reading'));
  const chart = new TimeChart({
    label: 'Throughput of this session',
    series: [
      { label: 'to the subscriber', tone: 'tx', format: rate, area: true },
      { label: 'from the subscriber', tone: 'rx', format: rate },
    ],
  });
  // The first place is empty, so that the chart begins two minutes wide.
  const readings = [[Date.now() / 1000 - 120], [null], [null]];
  let over = false;

  const disconnect = h('button', { class: 'danger operator', type: 'button', hidden: true }, 'Disconnect');
  const load = guard(async () => {
    if (over) return;
    try {
      const answer = await api.get(`sessions/${encodeURIComponent(id)}`, {}, signal);
      over = answer.ended !== undefined;
      show(answer);
    } catch (error) {
      if (!isMissing(error)) throw error;
      over = true;
      setText(title, 'There is no such session');
      life.replaceChildren(h('div', { class: 'empty' }, 'It ended some time ago, or never was.'));
    }
    disconnect.hidden = over || !mayOperate();
  });

  function show(answer) {
    const { session: one, ended } = answer;
    setText(title, one.user ?? `Session ${one.sessionId}`);
    setText(state, ended === undefined ? one.state : 'ended');
    sessionState(state, { state: ended === undefined ? one.state : ended.wasUp ? 'ended' : 'failed' });
    facts.replaceChildren(
      ...factsOf(one, ended).flatMap(([name, value]) => [
        h('div', {}, h('dt', {}, name), h('dd', {}, value)),
      ]),
    );
    if (ended === undefined) {
      for (const [column, value] of [Date.now() / 1000, one.txRate, one.rxRate].entries()) {
        readings[column].push(value);
        if (readings[column].length > READINGS) readings[column].shift();
      }
      chart.setData(readings);
    }
    life.replaceChildren(timeLine(answer));
  }

  disconnect.addEventListener('click', async () => {
    await confirmAction({
      title: `Disconnect ${title.textContent}?`,
      text: 'The session ends at once with a CDN to the LAC. The subscriber may dial in again.',
      action: 'Disconnect',
      act: (reason) => api.post('disconnect', { filter: { id }, ...(reason !== undefined && { reason }) }),
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
      h('a', { class: 'button', href: '#/sessions' }, '← Sessions'),
      title,
      state,
      h('div', { class: 'end' }, disconnect),
    ),
    panel('Facts', 'w12', facts),
    panel('Throughput', 'w12', chart.element, chart.legend),
    panel('Life', 'w12', life),
  );
}

const factsOf = (one, ended) =>
  [
    ['User', one.user],
    ['Address', one.address],
    ['Interface', one.interfaceName],
    ['MTU', one.mtu],
    ['Authentication', one.authMethod],
    ['MPPE', one.mppe],
    ['Calling number', one.callingNumber],
    ['LAC', one.peerAddress],
    ['Tunnel', h('a', { href: `#/tunnels/${one.tunnelId}` }, String(one.tunnelId))],
    ['Session id, here / there', `${one.sessionId} / ${one.peerSessionId}`],
    ['Began', dateTime(one.since)],
    [ended === undefined ? 'Up for' : 'Lasted', duration((ended?.endedAt ?? Date.now()) - one.since)],
    ['From the subscriber', `${octets(one.rxBytes)}, ${count(one.rxPackets)} packets`],
    ['To the subscriber', `${octets(one.txBytes)}, ${count(one.txPackets)} packets`],
    ['Id in the log', h('span', { class: 'mono' }, one.id)],
    ['Ended', ended && dateTime(ended.endedAt)],
    ['Reason', ended && `${ended.reason.text} (${words(ended.reason.cause)}, by ${ended.reason.by})`],
  ].filter(([, value]) => value !== undefined);

const arrows = { received: '→ ', sent: '← ', step: '' };

/** Each message and step of set-up with its time from the call's request, and how long the call waited for it. */
function timeLine({ session: one, ended, timeline = [] }) {
  if (timeline.length === 0) return h('div', { class: 'empty' }, 'Its messages are not kept any more.');
  let before = 0;
  return h(
    'ol',
    { class: 'timeline' },
    timeline.map(({ after, kind, text }) => {
      const gap = after - before;
      before = after;
      return h(
        'li',
        { 'data-kind': kind },
        h('span', { class: 'at mono' }, after < 10_000 ? `${count(after)} ms` : duration(after)),
        h('span', { class: 'dot' }),
        h('span', { class: kind === 'step' ? '' : 'mono' }, `${arrows[kind] ?? ''}${text}`),
        h('span', { class: 'gap' }, gap >= 1 ? `+${duration(gap)}` : ''),
      );
    }),
    ended === undefined
      ? undefined
      : h(
          'li',
          { 'data-kind': ended.wasUp ? 'step' : 'failure' },
          h('span', { class: 'at mono' }, duration(ended.endedAt - one.since)),
          h('span', { class: 'dot' }),
          h('span', {}, ended.reason.text),
        ),
  );
}
