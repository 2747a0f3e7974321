import { describeDatagram } from '../l2tp/index.js';
import { describeFrame } from '../ppp/index.js';
import type { MonitorEvent } from './session-monitor.js';

/** One decoded message of a session, without secrets. */
export interface TraceLine {
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly kind: 'control' | 'ppp' | 'end';
  /** As seen from here; none at the end. */
  readonly direction?: 'sent' | 'received';
  /** Id of the session. */
  readonly session?: string;
  readonly user?: string;
  readonly peer?: string;
  readonly text: string;
}

/** What a person reads of what a watch is told. */
export function traceLine(event: MonitorEvent): TraceLine {
  const { time, kind, session } = event;
  const peer = session?.peerAddress ?? (event.kind === 'control' ? event.path.remote.address : undefined);
  const about = {
    time,
    kind,
    ...(session !== undefined && { session: session.id }),
    ...(session?.user !== undefined && { user: session.user }),
    ...(peer !== undefined && { peer }),
  };
  switch (event.kind) {
    case 'control':
      return { ...about, direction: event.direction, text: describeDatagram(event.bytes) };
    case 'ppp':
      return { ...about, direction: event.direction, text: describeFrame(event.bytes) };
    case 'end':
      return { ...about, text: `session ended by ${event.reason.by}: ${event.reason.text}` };
  }
}
