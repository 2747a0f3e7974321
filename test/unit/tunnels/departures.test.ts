import { describe, expect, it } from 'vitest';
import { Departures } from '../../../lib/tunnels/departures.js';

describe('Departures', () => {
  it('let wait for what is leaving, and for nothing else', async () => {
    const departures = new Departures();
    let leave = (): void => undefined;
    departures.add(['ppp0', '10.65.1.1', undefined], new Promise<void>((resolve) => (leave = resolve)));
    expect(departures.wait(['ppp1', '10.65.1.2', undefined])).toBeUndefined();
    let gone = false;
    const waited = departures.wait([undefined, '10.65.1.1'])?.then(() => (gone = true));
    await Promise.resolve();
    expect(gone).toBe(false);
    leave();
    await waited;
    expect(gone).toBe(true);
    expect(departures.wait(['ppp0'])).toBeUndefined();
  });

  it('do not wait for ever for what could not be removed', async () => {
    const departures = new Departures();
    departures.add(['ppp0'], Promise.reject(new Error('busy')));
    await departures.wait(['ppp0']);
    expect(departures.wait(['ppp0'])).toBeUndefined();
  });

  it('remember the later of two of the same name', async () => {
    const departures = new Departures();
    departures.add(['ppp0'], Promise.resolve());
    departures.add(['ppp0'], new Promise(() => undefined));
    await Promise.resolve();
    await Promise.resolve();
    expect(departures.wait(['ppp0'])).toBeInstanceOf(Promise);
  });
});
