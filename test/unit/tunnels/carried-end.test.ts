import { describe, expect, it } from 'vitest';
import { carriedEnd } from '../../../lib/tunnels/index.js';

describe('the end of one leg', () => {
  it('goes on as the peer told it: result, Q.931 cause and PPP cause', () => {
    const q931Cause = { cause: 17, causeMessage: 0 };
    const disconnectCause = { code: 16, controlProtocol: 0xc223, direction: 1, message: 'no credit' };
    const result = { resultCode: 3, errorCode: undefined, message: 'refused' };
    expect(carriedEnd({ by: 'peer', result, q931Cause, disconnectCause })).toEqual({
      cause: { reason: 'auth-failed', code: 16, protocol: 0xc223, direction: 1, text: 'no credit' },
      result: { ...result, q931Cause },
    });
  });

  it('is loss of carrier to the other one where a tunnel has died', () => {
    const result = { resultCode: 2, errorCode: 1, message: 'tunnel is down' };
    expect(carriedEnd({ by: 'tunnel', result })).toMatchObject({
      cause: { reason: 'carrier-lost', code: 0 },
      result: { resultCode: 1, message: 'tunnel is down' },
    });
  });

  it.each([
    [99, 7],
    [0, 0],
  ])('keeps code %i, though it means nothing here', (code, direction) => {
    const end = carriedEnd({
      by: 'peer',
      result: { resultCode: 1 },
      disconnectCause: { code, controlProtocol: 0, direction },
    });
    expect(end.cause).toMatchObject({ code, direction: 0, reason: 'carrier-lost' });
  });
});
