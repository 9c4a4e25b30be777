/** The page of a report in a real browser. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { FileEntry } from '../../../src/report/report.ts';
import { useBackedUp } from '../../support/backed-up.ts';
import { closeBrowser, noBrowser, openPage } from '../../support/browser.ts';
import { useWorkplace } from '../../support/cli-context.ts';
import { HOSTILE_NAMES, writtenReport } from '../../support/page-report.ts';
import { start, useProgram } from '../../support/program.ts';
import { entry } from '../../unit/report/entries.ts';

const program = useProgram();

after(closeBrowser);

/** Most bytes of a page besides its data. */
const MOST_BYTES = 300_000;

const TIMELINE = Array.from({ length: 60 }, (_none, at) => ({
  seconds: at + 1,
  files: 3 * (at + 1),
  bytes: 1_000_000 * (at + 1),
  at_once: 8 + (at % 8),
}));

/** 12,000 files in folders, 40 of them failed, and the hostile names. */
function manyEntries(): FileEntry[] {
  const usual = Array.from({ length: 12_000 }, (_none, at) => {
    const path = `folder-${at % 7}/sub-${at % 13}/file-${at}.bin`;
    const size = 1_000 + at;
    if (at % 300 === 0) return entry(path, 'failed', { size, attempts: 5, reason: 'SlowDown: slower' });
    return entry(path, 'kept', { size, seconds: at / 1_000, attempts: at % 100 === 1 ? 2 : 1 });
  });
  const hostile = HOSTILE_NAMES.map((name) => entry(`hostile/${name}/${name}`, 'failed', { reason: name }));
  return [...hostile, ...usual];
}

async function pageFile(t: TestContext, report: string): Promise<string> {
  const workplace = useWorkplace(t);
  workplace.write('r.json', report);
  const { code, stderr } = await start([process.execPath, program.bin, 'report', 'r.json'], { workplace })
    .ended;
  assert.deepEqual([code, stderr], [0, '']);
  return join(workplace.cwd, 'r.html');
}

describe('the page of a report', { skip: noBrowser }, () => {
  const entries = manyEntries();
  const report = writtenReport(entries, { timeline: TIMELINE });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`shows every part without a complaint, and asks for nothing (${colorScheme})`, async (t) => {
      const { page, complaints, requests } = await openPage(t, await pageFile(t, report), { colorScheme });
      await page.locator('#table tr[data-index]').first().waitFor();
      assert.equal(await page.locator('#timeline canvas').count(), 2);
      assert.ok((await page.locator('.tile').count()) >= 7);
      assert.equal(await page.evaluate('window.broken'), undefined);
      assert.deepEqual([complaints, requests], [[], []]);
    });
  }

  it('has the numbers of its report without a script', async (t) => {
    const file = await pageFile(t, report);
    const { page } = await openPage(t, file, { javaScriptEnabled: false });
    const { counts, bytes, total_files: total } = JSON.parse(report);
    const rows = await page.locator('section').first().locator('tbody tr').all();
    const shown = await Promise.all(
      rows.map(async (row) => [
        await row.locator('b').textContent(),
        await row.locator('td').nth(1).textContent(),
        await row.locator('td').nth(2).locator('span').getAttribute('title'),
      ]),
    );
    const text = (value: number) => value.toLocaleString('en');
    const all = Object.values<number>(bytes).reduce((sum, each) => sum + each, 0);
    assert.deepEqual(
      Object.fromEntries(shown.map(([fate, files, size]) => [fate, [files, size]])),
      Object.fromEntries([
        ...Object.keys(counts).map((fate) => [fate, [text(counts[fate]), `${text(bytes[fate])} bytes`]]),
        ['all', [text(total), `${text(all)} bytes`]],
      ]),
    );
    assert.ok(await page.getByText('This table needs JavaScript.').isVisible());
  });

  it('has less than 300 kB besides its data', async (t) => {
    const { page } = await openPage(t, await pageFile(t, writtenReport([entry('a', 'kept')])));
    assert.ok((await page.content()).length < MOST_BYTES);
  });

  it('searches, sorts and filters its files, with a few of them in the document', async (t) => {
    const { page } = await openPage(t, await pageFile(t, report));
    const rows = page.locator('#table tr[data-index]');
    const first = () => rows.first().locator('td').first().textContent();
    const count = page.getByRole('status');
    assert.equal(await count.textContent(), '10,000 of 10,000');
    assert.ok((await rows.count()) < 100);
    await page.getByRole('button', { name: 'Size' }).click();
    assert.equal(await first(), 'folder-1/sub-0/file-11999.bin');
    await page.getByRole('button', { name: 'Size' }).click();
    await page.getByLabel('Fate').selectOption('failed');
    assert.equal(await count.textContent(), '50 of 10,000');
    await page.getByLabel('Search').fill('ALERT</script>');
    assert.equal(await count.textContent(), '0 of 10,000');
    await page.getByLabel('Search').fill('file-300.bin');
    assert.equal(await count.textContent(), '1 of 10,000');
    assert.equal(await first(), 'folder-6/sub-1/file-300.bin');
  });

  it('is used with the keyboard alone', async (t) => {
    const { page, complaints } = await openPage(t, await pageFile(t, report));
    await page.locator('#table tr[data-index]').first().focus();
    await page.keyboard.press('End');
    const focused = () => page.evaluate<string>('document.activeElement.dataset.index');
    assert.equal(await focused(), '9999');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(), '9998');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    assert.match((await page.locator('dialog').textContent()) ?? '', /Fatefailed/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog').isVisible(), false);

    const way = () => page.locator('.crumbs').textContent();
    await page.locator('.tile:not(:disabled)', { hasText: 'folder-' }).first().press('Enter');
    assert.match((await way()) ?? '', /^Allfolder-\d/);
    await page.keyboard.press('Escape');
    assert.match((await way()) ?? '', /^All\d/);
    assert.deepEqual(complaints, []);
  });

  it('fits a narrow window, and paper', async (t) => {
    const viewport = { width: 360, height: 700 };
    const { page } = await openPage(t, await pageFile(t, report), { viewport, colorScheme: 'dark' });
    assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= viewport.width);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    assert.equal(await page.locator('#table tr[data-index]').count(), 100);
    await page.emulateMedia({ media: 'print' });
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(ground, 'rgb(255, 255, 255)');
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    assert.ok((await page.pdf()).length > 10_000);
  });
});

describe('the page of a verification', { skip: noBrowser }, () => {
  it('shows the results of `verify`, without a complaint', async (t) => {
    const files = {
      'photos/a.jpg': 'a'.repeat(900),
      'photos/b.jpg': 'b'.repeat(500),
      [HOSTILE_NAMES[0] ?? '']: 'c',
    };
    const { env, workplace } = await useBackedUp(t, files);
    workplace.write('source/photos/b.jpg', 'B'.repeat(500));
    const command = [process.execPath, program.bin, 'verify', '--html', 'page.html'];
    const { code } = await start(command, { workplace, env }).ended;
    assert.equal(code, 2);
    const { page, complaints, requests } = await openPage(t, join(workplace.cwd, 'page.html'));
    await page.locator('#table tr[data-index]').first().waitFor();
    assert.equal(await page.locator('h1').textContent(), 'verification 1 file not the same');
    const heads = await page.locator('#table thead').textContent();
    assert.equal(heads, 'PathFateCodeSizeProof');
    await page.getByLabel('Fate').selectOption('differs');
    assert.match((await page.locator('#table tr[data-index]').textContent()) ?? '', /^photos\/b\.jpg/);
    assert.match((await page.locator('.tile.failed').textContent()) ?? '', /^photos/);
    assert.equal(await page.evaluate('window.broken'), undefined);
    assert.deepEqual([complaints, requests], [[], []]);
  });
});

describe('the page of a report of a million files', () => {
  let text = '';
  before(() => {
    const one = JSON.parse(writtenReport([entry('a/b', 'kept', { size: 7 })]));
    const { files, upload_errors, deletion_errors, uploaded_files, ...head } = one;
    const total = 1_000_000;
    const summary = {
      ...head,
      total_files: total,
      counts: { ...head.counts, kept: total },
      bytes: { ...head.bytes, kept: 7 * total },
    };
    text = Object.entries(summary)
      .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
      .join('');
  });

  it('is made in the memory of a small one', async (t) => {
    const workplace = useWorkplace(t);
    const command = [
      process.execPath,
      '--max-old-space-size=150',
      program.bin,
      'report',
      '-',
      '--html',
      'r.html',
    ];
    const { child, ended } = start(command, { workplace, stdin: 'open' });
    child.stdin.write(`{\n${text}  "upload_errors": [],\n  "files": [`);
    for (let at = 0; at < 1_000; at += 1) {
      const lines = Array.from({ length: 1_000 }, (_none, more) => {
        const path = `folder-${at}/sub-${more % 100}/file-${more}`;
        return `${at + more === 0 ? '' : ','}\n    ${JSON.stringify(entry(path, 'kept', { size: 7 }))}`;
      });
      if (!child.stdin.write(lines.join(''))) await new Promise((done) => child.stdin.once('drain', done));
    }
    child.stdin.end('\n  ]\n}\n');
    const { code, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, '']);
    const page = workplace.read('r.html');
    assert.match(page, /The other 990,000 files are counted above/);
    assert.ok(page.length < 3_000_000, String(page.length));
  });
});
