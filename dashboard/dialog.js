import { h } from './dom.js';

const element = () => document.getElementById('dialog');

function open(title, ...content) {
  const dialog = element();
  dialog.replaceChildren(h('h2', { id: 'dialog-title' }, title), ...content);
  if (!dialog.open) dialog.showModal();
  return dialog;
}

/**
 * Asks before something is done. `act` gets the reason that was typed and does it; what it throws is shown, and the
 * dialog stays. Resolves with what `act` returned, or undefined when the person thought better of it.
 */
export function confirmAction({ title, text, action, act }) {
  return new Promise((resolve) => {
    const reason = h('input', { name: 'reason', maxlength: 200, placeholder: 'for the log' });
    const error = h('p', { class: 'error', role: 'alert', hidden: true });
    const go = h('button', { class: 'danger', type: 'submit' }, action);
    const form = h(
      'form',
      {
        method: 'dialog',
        on: {
          submit: async (event) => {
            event.preventDefault();
            go.disabled = true;
            try {
              const result = await act(reason.value.trim() || undefined);
              resolve(result);
              dialog.close();
            } catch (failure) {
              error.textContent = failure.message;
              error.hidden = false;
              go.disabled = false;
            }
          },
        },
      },
      h('p', {}, text),
      h('label', {}, 'Reason', reason),
      error,
      h(
        'div',
        { class: 'choices' },
        h('button', { type: 'button', class: 'quiet', on: { click: () => dialog.close() } }, 'Cancel'),
        go,
      ),
    );
    const dialog = open(title, form);
    dialog.addEventListener('close', () => resolve(undefined), { once: true });
    reason.focus();
  });
}

/** Asks for the API's token until `accept` takes it. */
export function askToken(accept) {
  const field = h('input', { type: 'password', autocomplete: 'current-password', required: true });
  const error = h('p', { class: 'error', role: 'alert', hidden: true });
  const submit = async (event) => {
    event.preventDefault();
    if (await accept(field.value.trim())) dialog.close();
    else {
      error.textContent = 'The server does not know this token.';
      error.hidden = false;
      field.select();
    }
  };
  const dialog = open(
    'Sign in',
    h(
      'form',
      { method: 'dialog', on: { submit } },
      h('p', { class: 'muted' }, 'The token of this server: http.token in its configuration.'),
      h('label', {}, 'Token', field),
      error,
      h('div', { class: 'choices' }, h('button', { type: 'submit' }, 'Sign in')),
    ),
  );
  const stay = (event) => event.preventDefault();
  dialog.addEventListener('cancel', stay);
  dialog.addEventListener('close', () => dialog.removeEventListener('cancel', stay), { once: true });
  field.focus();
}

const shortcuts = [
  ['/', 'search sessions'],
  ['g o', 'overview'],
  ['g s', 'sessions'],
  ['g t', 'tunnels'],
  ['g a', 'activity'],
  ['↑ ↓', 'move in a table; Page Up, Page Down, Home, End'],
  ['Enter', 'open the selected row'],
  ['Esc', 'close a dialog'],
];

export function showShortcuts() {
  open(
    'Keyboard',
    h(
      'dl',
      { class: 'keys' },
      shortcuts.flatMap(([keys, meaning]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, meaning)]),
    ),
    h(
      'form',
      { method: 'dialog', class: 'choices' },
      h('button', { type: 'submit', autofocus: true }, 'Close'),
    ),
  );
}

/** A dialog whose content its caller keeps up to date. */
export const showDialog = open;
