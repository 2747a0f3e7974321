/** States of the option negotiation automaton (RFC 1661 section 4.2) by the numbers of its table. */
export const State = {
  Initial: 0,
  Starting: 1,
  Closed: 2,
  Stopped: 3,
  Closing: 4,
  Stopping: 5,
  RequestSent: 6,
  AckReceived: 7,
  AckSent: 8,
  Opened: 9,
} as const;
export type State = (typeof State)[keyof typeof State];

/** Events of RFC 1661 section 4.3, as its table writes them. */
export type AutomatonEvent =
  | 'Up'
  | 'Down'
  | 'Open'
  | 'Close'
  | 'TO+'
  | 'TO-'
  | 'RCR+'
  | 'RCR-'
  | 'RCA'
  | 'RCN'
  | 'RTR'
  | 'RTA'
  | 'RUC'
  | 'RXJ+'
  | 'RXJ-'
  | 'RXR';

/** Actions of RFC 1661 section 4.4. */
export type Action =
  | 'tlu'
  | 'tld'
  | 'tls'
  | 'tlf'
  | 'irc'
  | 'zrc'
  | 'scr'
  | 'sca'
  | 'scn'
  | 'str'
  | 'sta'
  | 'scj'
  | 'ser';

/** Actions, then the new state; `null` is the table's dash, an event that cannot occur in that state. */
export type Transition = readonly [...Action[], State] | null;

/**
 * RFC 1661 section 4.1, cell by cell. The restart option [r] is not taken (Open does not renegotiate), nor is the
 * passive option [p].
 */
export const transitions = {
  [State.Initial]: {
    Up: [2],
    Down: null,
    Open: ['tls', 1],
    Close: [0],
    'TO+': null,
    'TO-': null,
    'RCR+': null,
    'RCR-': null,
    RCA: null,
    RCN: null,
    RTR: null,
    RTA: null,
    RUC: null,
    'RXJ+': null,
    'RXJ-': null,
    RXR: null,
  },
  [State.Starting]: {
    Up: ['irc', 'scr', 6],
    Down: null,
    Open: [1],
    Close: ['tlf', 0],
    'TO+': null,
    'TO-': null,
    'RCR+': null,
    'RCR-': null,
    RCA: null,
    RCN: null,
    RTR: null,
    RTA: null,
    RUC: null,
    'RXJ+': null,
    'RXJ-': null,
    RXR: null,
  },
  [State.Closed]: {
    Up: null,
    Down: [0],
    Open: ['irc', 'scr', 6],
    Close: [2],
    'TO+': null,
    'TO-': null,
    'RCR+': ['sta', 2],
    'RCR-': ['sta', 2],
    RCA: ['sta', 2],
    RCN: ['sta', 2],
    RTR: ['sta', 2],
    RTA: [2],
    RUC: ['scj', 2],
    'RXJ+': [2],
    'RXJ-': ['tlf', 2],
    RXR: [2],
  },
  [State.Stopped]: {
    Up: null,
    Down: ['tls', 1],
    Open: [3],
    Close: [2],
    'TO+': null,
    'TO-': null,
    'RCR+': ['irc', 'scr', 'sca', 8],
    'RCR-': ['irc', 'scr', 'scn', 6],
    RCA: ['sta', 3],
    RCN: ['sta', 3],
    RTR: ['sta', 3],
    RTA: [3],
    RUC: ['scj', 3],
    'RXJ+': [3],
    'RXJ-': ['tlf', 3],
    RXR: [3],
  },
  [State.Closing]: {
    Up: null,
    Down: [0],
    Open: [5],
    Close: [4],
    'TO+': ['str', 4],
    'TO-': ['tlf', 2],
    'RCR+': [4],
    'RCR-': [4],
    RCA: [4],
    RCN: [4],
    RTR: ['sta', 4],
    RTA: ['tlf', 2],
    RUC: ['scj', 4],
    'RXJ+': [4],
    'RXJ-': ['tlf', 2],
    RXR: [4],
  },
  [State.Stopping]: {
    Up: null,
    Down: [1],
    Open: [5],
    Close: [4],
    'TO+': ['str', 5],
    'TO-': ['tlf', 3],
    'RCR+': [5],
    'RCR-': [5],
    RCA: [5],
    RCN: [5],
    RTR: ['sta', 5],
    RTA: ['tlf', 3],
    RUC: ['scj', 5],
    'RXJ+': [5],
    'RXJ-': ['tlf', 3],
    RXR: [5],
  },
  [State.RequestSent]: {
    Up: null,
    Down: [1],
    Open: [6],
    Close: ['irc', 'str', 4],
    'TO+': ['scr', 6],
    'TO-': ['tlf', 3],
    'RCR+': ['sca', 8],
    'RCR-': ['scn', 6],
    RCA: ['irc', 7],
    RCN: ['irc', 'scr', 6],
    RTR: ['sta', 6],
    RTA: [6],
    RUC: ['scj', 6],
    'RXJ+': [6],
    'RXJ-': ['tlf', 3],
    RXR: [6],
  },
  [State.AckReceived]: {
    Up: null,
    Down: [1],
    Open: [7],
    Close: ['irc', 'str', 4],
    'TO+': ['scr', 6],
    'TO-': ['tlf', 3],
    'RCR+': ['sca', 'tlu', 9],
    'RCR-': ['scn', 7],
    RCA: ['scr', 6],
    RCN: ['scr', 6],
    RTR: ['sta', 6],
    RTA: [6],
    RUC: ['scj', 7],
    'RXJ+': [6],
    'RXJ-': ['tlf', 3],
    RXR: [7],
  },
  [State.AckSent]: {
    Up: null,
    Down: [1],
    Open: [8],
    Close: ['irc', 'str', 4],
    'TO+': ['scr', 8],
    'TO-': ['tlf', 3],
    'RCR+': ['sca', 8],
    'RCR-': ['scn', 6],
    RCA: ['irc', 'tlu', 9],
    RCN: ['irc', 'scr', 8],
    RTR: ['sta', 6],
    RTA: [8],
    RUC: ['scj', 8],
    'RXJ+': [8],
    'RXJ-': ['tlf', 3],
    RXR: [8],
  },
  [State.Opened]: {
    Up: null,
    Down: ['tld', 1],
    Open: [9],
    Close: ['tld', 'irc', 'str', 4],
    'TO+': null,
    'TO-': null,
    'RCR+': ['tld', 'scr', 'sca', 8],
    'RCR-': ['tld', 'scr', 'scn', 6],
    RCA: ['tld', 'scr', 6],
    RCN: ['tld', 'scr', 6],
    RTR: ['tld', 'zrc', 'sta', 5],
    RTA: ['tld', 'scr', 6],
    RUC: ['scj', 9],
    'RXJ+': [9],
    'RXJ-': ['tld', 'irc', 'str', 5],
    RXR: ['ser', 9],
  },
} as const satisfies Record<State, Record<AutomatonEvent, Transition>>;

/** Whether the restart timer runs: the states whose column of the table has TO events. */
export const timerRuns = (state: State): boolean => state >= State.Closing && state <= State.AckSent;
