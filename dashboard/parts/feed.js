import { h } from '../dom.js';
import { timeOfDay, words } from '../format.js';

const tones = {
  'session-up': 'good',
  'tunnel-up': 'good',
  'session-failed': 'bad',
  'authentication-failed': 'bad',
  'call-refused': 'warn',
  'tunnel-down': 'warn',
  'tunnel-failed': 'bad',
};

/** The latest events, kept up to date. */
export function feed(live, signal, length, wanted = () => true) {
  const list = h('ol', { class: 'feed', 'aria-label': 'Latest events' });
  let frame = 0;
  const draw = () => {
    frame = 0;
    const events = live.events.filter(wanted).slice(0, length);
    list.replaceChildren(
      ...(events.length === 0
        ? [h('li', {}, h('span'), h('span'), h('p', { class: 'muted' }, 'Nothing yet'))]
        : events.map(entry)),
    );
  };
  // However many events come, the list is drawn once a frame.
  live.addEventListener('event', () => (frame ||= requestAnimationFrame(draw)), { signal });
  signal.addEventListener('abort', () => cancelAnimationFrame(frame));
  draw();
  return list;
}

function entry(event) {
  return h(
    'li',
    { 'data-tone': tones[event.type] ?? 'idle' },
    h('time', { class: 'muted mono' }, timeOfDay(event.time)),
    h('span', { class: 'dot' }),
    h('p', {}, subject(event), h('span', { class: 'muted' }, ` ${words(event.type)}${detail(event)}`)),
  );
}

function subject({ session, tunnel, call, peer }) {
  if (session !== undefined) {
    return h('a', { href: `#/sessions/${encodeURIComponent(session.id)}` }, session.user ?? session.id);
  }
  if (tunnel !== undefined) return h('a', { href: `#/tunnels/${tunnel.tunnelId}` }, tunnel.peerHostName);
  return (call ?? peer)?.peerAddress ?? 'server';
}

function detail({ type, session, reason, text, state }) {
  if (type === 'session-up') return session.address === undefined ? '' : `, ${session.address}`;
  const why = reason?.text ?? text ?? state;
  return why === undefined || why === '' ? '' : `: ${why}`;
}
