import { h, repeat } from '../dom.js';
import { bars } from '../parts/bars.js';
import { feed } from '../parts/feed.js';
import { count, timeOfDay, words } from '../format.js';
import { panel } from './overview.js';

const REFRESH = 4000;
const LISTED = 100;
const FEED = 100;

/** What failed and why, and everything that happens. */
export function activity({ api, live, guard, signal }) {
  const causes = bars({ empty: 'Nothing failed since the start', tone: 'bad' });
  const failures = h('ol', { class: 'feed', 'aria-label': 'Latest failures' });
  repeat(
    guard(async () => {
      const [{ failures: byCause }, latest] = await Promise.all([
        api.get('stats', {}, signal),
        api.get('failures', { limit: LISTED }, signal),
      ]);
      const most = Math.max(1, ...byCause.map(({ total }) => total));
      causes.show(
        byCause.map(({ cause, total, lastHour }) => ({
          label: words(cause),
          number: `${count(lastHour)} in the last hour, ${count(total)} in all`,
          part: total / most,
        })),
      );
      failures.replaceChildren(...(latest.failures.length === 0 ? [none()] : latest.failures.map(failure)));
    }),
    REFRESH,
    signal,
  );
  return h(
    'div',
    { class: 'page' },
    h('div', { class: 'head' }, h('h1', {}, 'Activity')),
    h(
      'div',
      { class: 'grid' },
      panel('Failures by cause', 'w4', causes.element),
      panel('Latest failures', 'w4', failures),
      panel('Events', 'w4', feed(live, signal, FEED)),
    ),
  );
}

const none = () => h('li', {}, h('span'), h('span'), h('p', { class: 'muted' }, 'None'));

const failure = ({ time, cause, text, user, peerAddress, sessionId }) =>
  h(
    'li',
    { 'data-tone': 'bad' },
    h('time', { class: 'muted mono' }, timeOfDay(time)),
    h('span', { class: 'dot' }),
    h(
      'p',
      {},
      sessionId === undefined
        ? peerAddress
        : h('a', { href: `#/sessions/${encodeURIComponent(sessionId)}` }, user ?? sessionId),
      h('span', { class: 'muted' }, ` ${words(cause)}: ${text}`),
    ),
  );
