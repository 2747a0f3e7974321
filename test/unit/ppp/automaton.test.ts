import { describe, expect, it } from 'vitest';
import {
  type Action,
  type AutomatonEvent,
  State,
  timerRuns,
  transitions,
} from '../../../lib/ppp/automaton.js';

// RFC 1661 section 4.1 as printed, but for the line breaks within cells.
const firstHalf = `
 Up   |    2     irc,scr/6     -         -         -         -
 Down |    -         -         0       tls/1       0         1
 Open |  tls/1       1     irc,scr/6     3r        5r        5r
 Close|    0       tlf/0       2         2         4         4
  TO+ |    -         -         -         -       str/4     str/5
  TO- |    -         -         -         -       tlf/2     tlf/3
 RCR+ |    -         -       sta/2 irc,scr,sca/8   4         5
 RCR- |    -         -       sta/2 irc,scr,scn/6   4         5
 RCA  |    -         -       sta/2     sta/3       4         5
 RCN  |    -         -       sta/2     sta/3       4         5
 RTR  |    -         -       sta/2     sta/3     sta/4     sta/5
 RTA  |    -         -         2         3       tlf/2     tlf/3
 RUC  |    -         -       scj/2     scj/3     scj/4     scj/5
 RXJ+ |    -         -         2         3         4         5
 RXJ- |    -         -       tlf/2     tlf/3     tlf/2     tlf/3
 RXR  |    -         -         2         3         4         5
`;
const secondHalf = `
 Up   |    -         -         -           -
 Down |    1         1         1         tld/1
 Open |    6         7         8           9r
 Close|irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4
  TO+ |  scr/6     scr/6     scr/8         -
  TO- |  tlf/3p    tlf/3p    tlf/3p        -
 RCR+ |  sca/8   sca,tlu/9   sca/8   tld,scr,sca/8
 RCR- |  scn/6     scn/7     scn/6   tld,scr,scn/6
 RCA  |  irc/7     scr/6x  irc,tlu/9   tld,scr/6x
 RCN  |irc,scr/6   scr/6x  irc,scr/8   tld,scr/6x
 RTR  |  sta/6     sta/6     sta/6   tld,zrc,sta/5
 RTA  |    6         6         8       tld,scr/6
 RUC  |  scj/6     scj/7     scj/8       scj/9
 RXJ+ |    6         6         8           9
 RXJ- |  tlf/3     tlf/3     tlf/3   tld,irc,str/5
 RXR  |    6         7         8         ser/9
`;

interface Cell {
  readonly state: State;
  readonly event: AutomatonEvent;
  readonly text: string;
}

function cells(table: string, firstState: number): Cell[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [event = '', row = ''] = line.split('|');
      return row
        .trim()
        .split(/\s+/)
        .map((text, column) => ({
          state: (firstState + column) as State,
          event: event.trim() as AutomatonEvent,
          text,
        }));
    });
}

const all = [...cells(firstHalf, 0), ...cells(secondHalf, 6)];

/** A cell in the RFC's notation, without the footnote letters. */
const printed = (transition: readonly (Action | State)[] | null): string => {
  if (!transition) return '-';
  const actions = transition.slice(0, -1).join(',');
  return `${actions && `${actions}/`}${transition.at(-1)}`;
};

describe('the automaton of RFC 1661', () => {
  it('has a cell for each state and event', () => {
    expect(all).toHaveLength(160);
    expect(new Set(all.map(({ state, event }) => `${state} ${event}`)).size).toBe(160);
  });

  it.each(all)('$event in state $state is $text', ({ state, event, text }) => {
    expect(printed(transitions[state][event])).toBe(text.replace(/[rpx]$/, ''));
  });

  it('runs the restart timer in the states that have TO events', () => {
    for (const state of Object.values(State))
      expect(timerRuns(state), `state ${state}`).toBe(transitions[state]['TO+'] !== null);
  });
});
