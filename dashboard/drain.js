import { showDialog } from './dialog.js';
import { h, repeat } from './dom.js';
import { count, timeOfDay } from './format.js';

const REFRESH = 1000;

/** Asks whether the server is to be drained; once it is, shows how far it has come. */
export async function drainDialog(api) {
  const closed = new AbortController();
  const body = h('div');
  const dialog = showDialog('Drain', body);
  dialog.addEventListener('close', () => closed.abort(), { once: true });
  const { signal } = closed;

  const close = () =>
    h('button', { type: 'button', class: 'quiet', on: { click: () => dialog.close() } }, 'Close');
  const error = h('p', { class: 'error', role: 'alert' });
  const set = async (request) => {
    try {
      await api.put('drain', request);
      await look();
    } catch (failure) {
      error.textContent = failure.message;
      body.append(error);
    }
  };

  /** Asks again only when the answer is another: a form must not be emptied while somebody fills it in. */
  let shown;
  async function look() {
    const progress = await api.get('drain', {}, signal);
    const text = JSON.stringify(progress);
    if (text === shown) return;
    shown = text;
    body.replaceChildren(...(progress.state === 'off' ? question(set, close) : course(progress, set, close)));
  }
  repeat(() => look().catch((failure) => body.replaceChildren(failure.message, close())), REFRESH, signal);
}

function question(set, close) {
  const minutes = h('input', {
    type: 'number',
    min: 0,
    max: 10_000,
    placeholder: 'let them end by themselves',
  });
  const submit = (event) => {
    event.preventDefault();
    const timeout = minutes.value === '' ? {} : { timeout: Number(minutes.value) * 60 };
    void set({ enabled: true, ...timeout });
  };
  return [
    h(
      'form',
      { on: { submit } },
      h('p', {}, 'The server takes no new calls and tunnels from now on. Sessions stay until they end.'),
      h('label', {}, 'End those that are left after so many minutes', minutes),
      h(
        'div',
        { class: 'choices' },
        close(),
        h('button', { type: 'submit', class: 'danger' }, 'Drain this server'),
      ),
    ),
  ];
}

function course({ state, sessionsAtStart, sessionsLeft, deadline }, set, close) {
  const end = deadline === undefined ? '' : ` What is left at ${timeOfDay(deadline)} is ended.`;
  const text =
    state === 'drained'
      ? 'No session is left; the server may be stopped.'
      : `${count(sessionsLeft)} of ${count(sessionsAtStart)} sessions are left.${end}`;
  return [
    h('p', { role: 'status' }, text),
    h('progress', {
      max: Math.max(1, sessionsAtStart),
      value: sessionsAtStart - sessionsLeft,
      'aria-label': 'Sessions that have gone',
    }),
    h(
      'div',
      { class: 'choices' },
      close(),
      h('button', { type: 'button', on: { click: () => void set({ enabled: false }) } }, 'Take calls again'),
    ),
  ];
}
