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

/** Long enough for the first start on a machine that has much else to do. */
const START_MS = 180_000;
// Root may start Chromium only without its sandbox.
const ARGUMENTS = ['--no-sandbox'];

const browser = found === undefined ? undefined : await startOf(found);

/** Why the tests that need a browser are skipped; false if there is one. */
export const noBrowser: string | false =
  typeof browser === 'object'
    ? false
    : (browser ?? 'there is no Chromium here; .ci/run installs it, CHROMIUM names another place');

/** @returns the reason if it cannot be started */
async function startOf(executablePath: string): Promise<Browser | string> {
  try {
    return await chromium.launch({ executablePath, args: ARGUMENTS, timeout: START_MS });
  } catch (error) {
    return `${executablePath} cannot be started here: ${String(error).split('\n')[0]}`;
  }
}

/** Ends the browser, if one was started. */
export async function closeBrowser(): Promise<void> {
  if (typeof browser === 'object') await browser.close();
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
  if (typeof browser !== 'object') throw new Error('a test that needs a browser was not skipped');
  const context = await browser.newContext(options);
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
