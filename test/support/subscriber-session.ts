import { noTraffic, type SubscriberSession } from '../../lib/aaa/index.js';

type Changes = Partial<Omit<SubscriberSession, 'callContext'>> & {
  readonly callContext?: Partial<SubscriberSession['callContext']>;
};

/** A session as observers see it, of which everything is known. */
export const subscriberSession = (changes: Changes = {}): SubscriberSession => ({
  id: 'ab12-1',
  user: 'carol',
  since: 0,
  authMethod: 'pap',
  policy: { netmask: 29 },
  address: '10.1.2.3',
  ipv6: {},
  interfaceName: 'ppp0',
  interfaceIndex: 7,
  counters: noTraffic,
  ipv6Counters: undefined,
  lostPackets: 0,
  readIpv6Counters: () => undefined,
  change: () => Promise.resolve(),
  disconnect: () => undefined,
  ...changes,
  callContext: {
    id: 'ab12-1',
    bearer: 'l2tp',
    peerAddress: '192.0.2.7',
    peerPort: 1701,
    peerHostName: 'lac1',
    localAddress: '192.0.2.1',
    localHostName: 'lns1',
    tunnelId: 3,
    tunnelKey: 'ab12-t3',
    sessionId: 9,
    callingNumber: '0123',
    calledNumber: '555',
    callSerialNumber: 42,
    txConnectSpeed: 50_000_000,
    rxConnectSpeed: 10_000_000,
    ...changes.callContext,
  },
});
