import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ServiceEnvironment, ServiceManager } from '../../../lib/server/service-manager.js';

interface Sent {
  readonly at: number;
  readonly path: string;
  readonly text: string;
}

let sent: Sent[];
let errors: unknown[];
const manager = (environment: ServiceEnvironment): ServiceManager =>
  new ServiceManager(
    environment,
    (error) => void errors.push(error),
    4711,
    (path, text) => void sent.push({ at: Date.now(), path, text }),
  );

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  sent = [];
  errors = [];
});
afterEach(() => vi.useRealTimers());

describe('the service manager', () => {
  it('hears of readiness, status and the end, each in one datagram', () => {
    const service = manager({ NOTIFY_SOCKET: '@/org/manager' });
    service.ready('serving');
    service.status('draining:\nREADY=0');
    service.stopping('closing', 10_000);
    expect(sent.map(({ path, text }) => [path, text])).toEqual([
      ['@/org/manager', 'READY=1\nSTATUS=serving'],
      ['@/org/manager', 'STATUS=draining: READY=0'],
      ['@/org/manager', 'STOPPING=1\nEXTEND_TIMEOUT_USEC=10000000\nSTATUS=closing'],
    ]);
  });

  it('is left alone where there is none', () => {
    const service = manager({ NOTIFY_SOCKET: '', WATCHDOG_USEC: '1000000' });
    service.ready('serving');
    service.stopping('closing', 1);
    vi.advanceTimersByTime(10_000);
    expect(sent).toEqual([]);
  });

  it('is told twice in each interval of its watchdog that the event loop turns, until the end', () => {
    const service = manager({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '3000000', WATCHDOG_PID: '4711' });
    vi.advanceTimersByTime(5000);
    expect(sent).toEqual([]);
    service.ready('serving');
    service.ready('serving still');
    vi.advanceTimersByTime(3000);
    service.close();
    vi.advanceTimersByTime(9000);
    expect(sent.filter(({ text }) => text === 'WATCHDOG=1').map(({ at }) => at)).toEqual([6500, 8000]);
  });

  it.each(['0', '-5', '1e3', 'soon', ''])('wants no watchdog of %j microseconds', (text) => {
    manager({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: text }).ready('serving');
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(1);
  });

  it('does not answer for another process', () => {
    manager({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }).ready('serving');
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(1);
  });

  it('may be gone: that is reported, and nothing else happens', () => {
    const gone = new Error('ENOENT');
    const fail = (): never => {
      throw gone;
    };
    const service = new ServiceManager({ NOTIFY_SOCKET: '/run/n' }, (error) => errors.push(error), 1, fail);
    service.ready('serving');
    service.stopping('closing', 1);
    expect(errors).toEqual([gone, gone]);
  });
});
