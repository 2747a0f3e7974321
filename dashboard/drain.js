import { confirmAction } from './dialog.js';
import { count } from './format.js';

/** Asks, and has the server take no more calls; its progress is shown by the server's state. */
export function drainDialog(api) {
  return confirmAction({
    title: 'Drain this server?',
    text: 'It takes no new calls and tunnels from now on. Sessions stay until they end by themselves.',
    action: 'Drain',
    act: async (reason) => {
      const { sessions = 0 } = await api.post('drain', reason === undefined ? {} : { reason });
      return count(sessions);
    },
  });
}
