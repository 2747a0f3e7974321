import { describe, expect, it } from 'vitest';
import { RouteGuard } from '../../../lib/lns/route-guard.js';

describe('RouteGuard', () => {
  it('refuses the address of a LAC and routes that cover it, for as long as it has a tunnel', () => {
    const guard = new RouteGuard();
    guard.add('192.0.2.1');
    guard.add('192.0.2.1');
    guard.add('2001:db8::1');
    expect(guard.refusal('192.0.2.1', [])).toMatch(/192\.0\.2\.1/);
    expect(guard.refusal('192.0.2.2', [])).toBeUndefined();
    expect(guard.refusal(undefined, ['192.0.2.0/24'])).toMatch(/192\.0\.2\.0\/24/);
    expect(guard.refusal(undefined, ['10.0.0.0/8', '2001:db8::/64'])).toMatch(/2001:db8::1/);
    guard.remove('192.0.2.1');
    expect(guard.refusal('192.0.2.1', [])).toBeDefined();
    guard.remove('192.0.2.1');
    expect(guard.refusal('192.0.2.1', ['192.0.2.0/24'])).toBeUndefined();
  });
});
