import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';

/** Debian's Chromium, headless, with a profile of its own, which reaches nobody but the site under test. */
export class Browser {
  readonly #context: BrowserContext;
  readonly #folder: string;
  /** What the pages wrote to the console as errors, and what they asked of other hosts. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, folder: string) {
    this.#context = context;
    this.#folder = folder;
  }

  static async start(): Promise<Browser> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: apt-get install chromium`);
    const folder = mkdtempSync(join(tmpdir(), 'browser-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: PROGRAM,
      headless: true,
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
      colorScheme: 'dark',
      viewport: { width: 1360, height: 860 },
    });
    return new Browser(context, folder);
  }

  /** A new tab at the site's page, signed in. */
  async open(url: string, token: string, hash = ''): Promise<Page> {
    const page = await this.#context.newPage();
    this.#watch(page, url);
    await page.addInitScript(`sessionStorage.setItem('kernel-l2tp-token', ${JSON.stringify(token)})`);
    await page.goto(`${url}${hash}`);
    return page;
  }

  /** A new tab without a token. */
  async openStranger(url: string): Promise<Page> {
    const page = await this.#context.newPage();
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.#context.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #watch(page: Page, url: string): void {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.complaints.push(`asked for ${request.url()}`);
    });
  }
}
