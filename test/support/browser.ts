import { existsSync } from 'node:fs';
import process from 'node:process';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Places of Chromium, or of a browser made of it. */
const PLACES = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const found = PLACES.find((place) => place !== '' && existsSync(place));

/** Why the tests that need a browser are skipped; false if there is one. */
export const noBrowser: string | false =
  found === undefined && 'there is no Chromium here; .ci/run installs it, CHROMIUM names another place';

let browser: Promise<Browser> | undefined;

/** Ends the browser, if one was started. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

/** A page that was opened, with everything that it said on its console, or threw. */
export interface OpenedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** The addresses that it asked for, besides its own file. */
  readonly requests: readonly string[];
}

/** Opens a local file in a window of its own. */
export async function openPage(
  t: TestContext,
  file: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  // Root may start Chromium only without its sandbox.
  browser ??= chromium.launch({ ...(found && { executablePath: found }), args: ['--no-sandbox'] });
  const context = await (await browser).newContext(options);
  t.after(() => context.close());
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  const url = pathToFileURL(file).href;
  await page.goto(url);
  return { page, complaints, requests: requests.filter((each) => each !== url) };
}
