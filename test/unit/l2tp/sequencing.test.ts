import { describe, expect, it } from 'vitest';
import { DataSequencing } from '../../../lib/l2tp/index.js';

describe('data sequencing (RFC 2661 section 5.4)', () => {
  it('is off unless somebody asks', () => {
    const lns = new DataSequencing('lns', false);
    expect(lns.nextNs()).toBeUndefined();
    expect(lns.receive(undefined)).toBe('ok');
  });

  it('the LAC follows what the LNS sends, both ways, and goes on where it left off', () => {
    const lac = new DataSequencing('lac', false);
    expect(lac.nextNs()).toBeUndefined();
    expect(lac.receive(0)).toBe('ok');
    expect([lac.nextNs(), lac.nextNs()]).toEqual([0, 1]);
    expect(lac.receive(undefined)).toBe('ok');
    expect(lac.nextNs()).toBeUndefined();
    expect(lac.receive(1)).toBe('ok');
    expect(lac.nextNs()).toBe(2);
  });

  it('the LNS decides and does not follow', () => {
    const lns = new DataSequencing('lns', false, true);
    expect(lns.nextNs()).toBe(0);
    expect(lns.receive(undefined)).toBe('ok');
    expect(lns.nextNs()).toBe(1);
    lns.enable(false);
    expect(lns.nextNs()).toBeUndefined();
    lns.enable(true);
    expect(lns.nextNs()).toBe(2);
  });

  it('when required stays on and refuses messages without', () => {
    const lac = new DataSequencing('lac', true);
    const lns = new DataSequencing('lns', true);
    lns.enable(false);
    expect([lac.enabled, lns.enabled]).toEqual([true, true]);
    expect(lac.receive(undefined)).toBe('missing');
    expect(lac.nextNs()).toBe(0);
  });

  it('tells late messages, around the end of the number space too', () => {
    const lns = new DataSequencing('lns', true);
    expect(lns.receive(0)).toBe('ok');
    expect(lns.receive(0)).toBe('late');
    expect(lns.receive(5)).toBe('ok');
    expect(lns.receive(4)).toBe('late');
    expect(lns.receive(0x7fff)).toBe('ok');
    expect(lns.receive(0xfffe)).toBe('ok');
    expect(lns.receive(1)).toBe('ok');
    expect(lns.receive(0xffff)).toBe('late');
  });

  it('counts modulo 65,536', () => {
    const lac = new DataSequencing('lac', true);
    for (let i = 0; i < 0x1_0000; i++) lac.nextNs();
    expect(lac.nextNs()).toBe(0);
  });
});
