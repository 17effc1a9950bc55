/** A browser for tests of the page: Debian's Chromium, without a GPU, with no other address than loopback. */
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? paths.find((path) => existsSync(path));

/** Why tests of the page are skipped; false: they are not. */
export const noBrowser =
  executablePath === undefined ? 'no Chromium here: apt-get install chromium' : false;

let browser: Promise<Browser> | undefined;

export async function closeBrowser(): Promise<void> {
  const open = browser;
  browser = undefined;
  await (await open)?.close();
}

/** A page that fails the test by what it says is wrong: an error of a script, or a refusal of its policy. */
export class TestPage implements AsyncDisposable {
  readonly page: Page;
  readonly problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
  }

  static async open(url: string, options: BrowserContextOptions = {}): Promise<TestPage> {
    browser ??= chromium.launch({
      executablePath: executablePath!,
      // Containers have little shared memory.
      args: ['--disable-gpu', '--no-sandbox', '--disable-dev-shm-usage'],
    });
    const context = await (await browser).newContext({
      viewport: { width: 1366, height: 768 },
      ...options,
    });
    const opened = new TestPage(await context.newPage());
    await opened.page.goto(url);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** What axe finds that keeps people from using the page, in a line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
