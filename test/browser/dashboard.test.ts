import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { Browser } from './browser.js';
import { fillHistory } from './history.js';
import { Site, type SiteLac } from './site.js';

/** Pictures for the documentation are taken when this names a folder. */
const pictures = process.env['SCREENSHOTS'];
const MARKUP = '<img src=x onerror=alert(1)>';

let site: Site;
let browser: Browser;
let berlin: SiteLac;

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.waitForTimeout(name === 'session' ? 12_000 : 1200);
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const figure = (page: Page, name: string): Promise<string> =>
  page.locator(`.figure:has(.name:text-is("${name}")) .value`).innerText();

/** Waits until the page counts the sessions that there are. */
const counted = (page: Page): Promise<void> =>
  until(
    'all sessions are counted',
    async () => (await figure(page, 'Sessions')) === String(site.world.lns.statistics().sessionsUp),
  );

beforeAll(async () => {
  site = await Site.start();
  fillHistory(site.telemetry.history);
  const names = (city: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${city}-${String(index + 1).padStart(3, '0')}@example.net`);
  berlin = await site.addLac('lac1.berlin.example.net', names('berlin', 22));
  await site.addLac('lac2.berlin.example.net', names('pankow', 9));
  await site.addLac('lac1.hamburg.example.net', names('hamburg', 14));
  await site.addLac('lac1.koeln.example.net', names('koeln', 6));
  await site.addLac('office-gateway', ['anna', 'ben', MARKUP]);
  for (let second = 0; second < 3; second++) {
    site.traffic(1000);
    await site.world.run(1000);
    await site.world.lns.sessionTable();
  }
  site.run();
  setInterval(() => site.traffic(500), 500).unref();
  browser = await Browser.start();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await site.close();
});

beforeEach(() => {
  browser.complaints.length = 0;
});

const open = (hash = '', role: 'viewer' | 'operator' = 'operator'): Promise<Page> =>
  browser.open(site.url, site.token(role), hash);

describe('the dashboard', () => {
  it('shows the figures, and follows sessions as they come and go', async () => {
    const page = await open();
    await counted(page);
    expect(await figure(page, 'Tunnels')).toBe('5');
    await until('traffic is shown', async () => /bit\/s/.test(await figure(page, 'To subscribers')));
    await until(
      'talkers are listed',
      async () => (await page.locator('[aria-label="Top talkers"] li').count()) > 5,
    );

    await site.dial(berlin, 'newcomer');
    await page.getByLabel('Latest events').first().getByText('newcomer').waitFor();
    await counted(page);
    await expect(site.dial(berlin, 'stranger', 'wrong')).rejects.toThrow();
    await page.locator('[aria-label="Failures by cause"] li').first().waitFor();
    await picture(page, 'overview');
    site.hangUp(berlin, 'newcomer');
    await counted(page);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  it('finds a session, shows it, and disconnects it after a question', async () => {
    const page = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('koeln-003');
    await page.keyboard.press('Enter');
    await page.getByText('1 session', { exact: true }).waitFor();
    await page.getByRole('gridcell', { name: 'koeln-003@example.net' }).click();
    await page.getByRole('heading', { name: 'koeln-003@example.net' }).waitFor();
    await page.locator('.timeline').getByText('← LCP Configure-Request').first().waitFor();
    await page.locator('.timeline').getByText('→ CHAP Response').waitFor();
    await picture(page, 'session');

    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.keyboard.press('Escape');
    const before = site.world.lns.statistics().sessions;
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('moved house');
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('ended', { exact: true }).waitFor();
    await until('the session is gone', () => site.world.lns.statistics().sessions === before - 1);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  it('shows LACs and tunnels, and what failed', async () => {
    const page = await open('#/tunnels');
    await page.getByRole('link', { name: /lac1\.hamburg.*14 in 1 tunnel/ }).waitFor();
    await picture(page, 'tunnels');
    await page.getByRole('gridcell', { name: 'lac1.hamburg.example.net' }).click();
    await page.getByRole('heading', { name: 'lac1.hamburg.example.net' }).waitFor();
    await page.getByRole('link', { name: 'Its sessions' }).click();
    await page.getByText('14 sessions', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByLabel('Latest failures').first().getByText('stranger').waitFor();
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  it('is worked with the keyboard alone', async () => {
    const page = await open();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    const all = site.world.lns.statistics().sessions;
    await page.getByText(`${all} sessions`).waitFor();
    const table = page.getByRole('grid', { name: 'Sessions' });
    await table.focus();
    await page.keyboard.press('End');
    await until(
      'the last row is selected',
      async () =>
        (await table.locator('[aria-selected="true"]').getAttribute('aria-rowindex')) === String(all),
    );
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Disconnect' }).waitFor();
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  it('shows what subscribers call themselves as text', async () => {
    const page = await open('#/sessions?search=onerror');
    await page.getByRole('gridcell', { name: MARKUP }).click();
    await page.getByRole('heading', { name: MARKUP }).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  it('lets a viewer look, and nobody in without a token', async () => {
    const page = await open('#/sessions?search=anna', 'viewer');
    await page.getByRole('gridcell', { name: 'anna' }).click();
    await page.getByRole('heading', { name: 'anna' }).waitFor();
    await page.locator('.timeline li').nth(3).waitFor();
    expect(await page.getByRole('button', { name: 'Disconnect' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Drain' }).count()).toBe(0);
    await page.close();

    const stranger = await browser.openStranger(site.url);
    await stranger.getByLabel('Token').fill('guess');
    await stranger.getByRole('button', { name: 'Sign in' }).click();
    await stranger.getByText('does not know this token').waitFor();
    await stranger.getByLabel('Token').fill(site.token('viewer'));
    await stranger.getByRole('button', { name: 'Sign in' }).click();
    await counted(stranger);
    await stranger.close();
  });

  it('drains the server, shows how far that has come, and takes calls again', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Drain' }).click();
    await page.getByRole('button', { name: 'Drain this server' }).click();
    const before = site.world.lns.statistics().sessions;
    await page.getByText(`${before} of ${before} sessions are left`).waitFor();
    await expect(site.dial(berlin, 'latecomer')).rejects.toThrow();
    site.hangUp(berlin, 'berlin-001@example.net');
    await page.getByText(`${before - 1} of ${before} sessions are left`).waitFor();
    await page.getByRole('button', { name: 'Take calls again' }).click();
    await page.getByRole('button', { name: 'Drain this server' }).waitFor();
    await site.dial(berlin, 'latecomer');
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  it('fits a phone, and is light where that is asked for', async () => {
    const page = await open();
    await page.setViewportSize({ width: 390, height: 844 });
    await counted(page);
    const widest = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth');
    expect(await widest()).toBeLessThanOrEqual(390);
    await picture(page, 'phone');
    for (const name of ['Sessions', 'Tunnels', 'Activity']) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      expect(await widest(), name).toBeLessThanOrEqual(390);
    }
    await page.setViewportSize({ width: 1360, height: 860 });
    await page.emulateMedia({ colorScheme: 'light' });
    const theme = (): Promise<unknown> => page.evaluate('document.documentElement.dataset.theme');
    await until('the page is light', async () => (await theme()) === 'light');
    await page.getByRole('button', { name: 'Change between dark and light' }).click();
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Change between dark and light' }).click();
    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await page.getByRole('gridcell', { name: 'anna' }).waitFor();
    await picture(page, 'sessions-light');
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});
