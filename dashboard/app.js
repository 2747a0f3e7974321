import { Api, ApiError } from './api.js';
import { askToken, showShortcuts } from './dialog.js';
import { setText } from './dom.js';
import { drainDialog } from './drain.js';
import { Live } from './live.js';
import { activity } from './views/activity.js';
import { overview } from './views/overview.js';
import { session } from './views/session.js';
import { sessions } from './views/sessions.js';
import { tunnel } from './views/tunnel.js';
import { tunnels } from './views/tunnels.js';

/** Milliseconds between looks at the server's state. */
const STATUS = 5000;
const THEME = 'kernel-l2tp-theme';

const api = new Api();
const live = new Live(api);
const byId = (id) => document.getElementById(id);

let role = 'viewer';
let leave = new AbortController();
let asking = false;

const mayOperate = () => role === 'operator' || role === 'admin';
const navigate = (hash) => (location.hash = hash);

/** Shows what went wrong, or asks for the token. */
function tell(error) {
  if (error instanceof ApiError && error.status === 401) {
    signIn();
    return;
  }
  const notice = byId('notice');
  setText(notice, error instanceof ApiError ? error.message : 'The server does not answer. Trying again.');
  notice.hidden = false;
}

/** A task whose failure is shown, and whose success takes the last failure's text away. */
const guard = (signal) => (task) => async () => {
  try {
    await task();
    byId('notice').hidden = true;
  } catch (error) {
    if (!signal.aborted) tell(error);
  }
};

function signIn() {
  if (asking) return;
  asking = true;
  askToken(async (token) => {
    api.useToken(token);
    try {
      await begin();
    } catch {
      return false;
    }
    asking = false;
    live.start();
    route();
    return true;
  });
}

/** What the server has, and then how it is. */
async function begin() {
  await api.learn();
  await readStatus();
}

async function readStatus() {
  const status = await api.get('status');
  role = status.role ?? 'viewer';
  document.title = `${status.sessions} sessions · kernel-l2tp`;
  showState(status.state);
  byId('drain').hidden = !mayOperate() || !api.has('/drain');
}

function showState(state) {
  const pill = byId('server-state');
  setText(pill, live.connected ? state : 'offline');
  pill.dataset.tone = !live.connected ? 'bad' : state === 'running' ? 'good' : 'warn';
}

const pages = {
  '': { page: 'overview', title: 'Overview', make: overview },
  sessions: {
    page: 'sessions',
    title: 'Sessions',
    make: ({ parts, ...rest }) => (parts[1] ? session : sessions)({ parts, ...rest }),
  },
  tunnels: {
    page: 'tunnels',
    title: 'Tunnels',
    make: ({ parts, ...rest }) => (parts[1] ? tunnel : tunnels)({ parts, ...rest }),
  },
  activity: { page: 'activity', title: 'Activity', make: activity },
};

/** `#/sessions/ID?search=x`: leaves the page that was, and makes the one that is asked for. */
function route() {
  const [path = '', tail = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').map(decode);
  const found = Object.hasOwn(pages, parts[0]) ? pages[parts[0]] : pages[''];
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const query = new URLSearchParams(tail);
  byId('main').replaceChildren(
    found.make({ api, live, guard: guard(signal), tell, signal, query, parts, navigate, mayOperate }),
  );
  for (const link of document.querySelectorAll('[data-page]')) {
    if (link.dataset.page === found.page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const field = byId('search-text');
  // What somebody is typing while the page comes up is theirs.
  if (document.activeElement !== field) field.value = query.get('search') ?? '';
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new Event('theme'));
}

function startTheme() {
  const system = window.matchMedia('(prefers-color-scheme: light)');
  const chosen = () => localStorage.getItem(THEME) ?? (system.matches ? 'light' : 'dark');
  setTheme(chosen());
  system.addEventListener('change', () => setTheme(chosen()));
  byId('theme').addEventListener('click', () => {
    localStorage.setItem(THEME, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
    setTheme(chosen());
  });
}

/** `/` searches, `g` and then a letter goes to a page, `?` shows all of it. */
function startKeys() {
  const targets = { o: '#/', s: '#/sessions', t: '#/tunnels', a: '#/activity' };
  let going = false;
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, select, textarea, dialog[open]') !== null;
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = going ? targets[event.key] : undefined;
    going = event.key === 'g';
    if (target !== undefined) navigate(target);
    else if (event.key === '/') byId('search-text').focus();
    else if (event.key === '?') showShortcuts();
    else return;
    event.preventDefault();
  });
}

function startSearch() {
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = byId('search-text').value.trim();
    navigate(text === '' ? '#/sessions' : `#/sessions?search=${encodeURIComponent(text)}`);
    byId('main').querySelector('[role="grid"]')?.focus();
  });
}

startTheme();
startKeys();
startSearch();
byId('help').addEventListener('click', showShortcuts);
byId('drain').addEventListener('click', () => drainDialog(api));
window.addEventListener('hashchange', route);
live.addEventListener('state', () => void readStatus().catch(() => showState('offline')));
live.start();
setInterval(() => void (document.hidden || readStatus().catch(() => showState('offline'))), STATUS);
begin().then(route, (error) => {
  route();
  tell(error);
});
