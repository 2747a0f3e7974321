import { expect, it } from 'vitest';
import { until } from '../support/until.js';
import { Browser } from './browser.js';
import { Site } from './site.js';

const SESSIONS = 10_000;

it(`keeps few rows in the document with ${SESSIONS} sessions, and finds each`, async () => {
  const site = await Site.start();
  await site.addMany(SESSIONS);
  site.run();
  const browser = await Browser.start();
  try {
    const page = await browser.open(site.url, site.token('viewer'), '#/sessions');
    await page.getByText('10,000 sessions').waitFor();
    const table = page.getByRole('grid', { name: 'Sessions' });
    const rows = table.locator('.row');
    await rows.nth(10).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    // By user name, upwards: a press for downwards, another one to turn it round.
    await page.getByRole('button', { name: 'User' }).click();
    await page.getByRole('button', { name: 'User' }).click();
    await table.getByText('load1', { exact: true }).waitFor();
    await table.focus();
    await page.keyboard.press('End');
    await table.getByText('load9999', { exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    await page.keyboard.press('/');
    await page.keyboard.type('load7777');
    await page.keyboard.press('Enter');
    await page.getByText('1 session', { exact: true }).waitFor();
    await until(
      'the row is there',
      async () => (await page.getByRole('gridcell', { name: 'load7777' }).count()) === 1,
    );
    expect(browser.complaints).toEqual([]);
  } finally {
    await browser.close();
    await site.close();
  }
}, 120_000);
