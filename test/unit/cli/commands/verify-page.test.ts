import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { PREFIX, resultsIn, useBackedUp } from '../../../support/backed-up.ts';
import { TEST_BUCKET as Bucket } from '../../../support/s3-server.ts';

const FILES = { same: 'same', changed: 'before', missing: 'missing', gone: 'gone', 'folder/same': 'as well' };
const PAGE = ['--html', 'page.html'];

/** The numbers of the page's table of fates. */
function fatesIn(page: string): Record<string, string> {
  const rows = page.matchAll(
    /<b class="fate [\w-]+">([\w-]+)<\/b><\/td><td class="number">([\d,]+)<\/td><td class="number"><span title="([\d,]+) bytes/g,
  );
  return Object.fromEntries([...rows].map(([, fate = '', files, bytes]) => [fate, `${files}, ${bytes} B`]));
}

/** The page without its style and scripts. */
function textIn(page: string): string {
  return page.replace(/<(style|script)\b.*?<\/\1>/gs, '');
}

/** A backup with one file of each difference. */
async function useDifferences(t: Parameters<typeof useBackedUp>[0]) {
  const backedUp = await useBackedUp(t, FILES, ['--output-json', 'report.json']);
  const { client, workplace } = backedUp;
  workplace.write('source/changed', 'behind');
  await client.send(new DeleteObjectCommand({ Bucket, Key: `${PREFIX}missing` }));
  rmSync(join(workplace.source, 'gone'));
  return backedUp;
}

describe('the page of a verification', () => {
  it('has the results, their bytes, the causes and what to do about them', async (t) => {
    const { run, workplace } = await useDifferences(t);
    const { code, stdout, stderr } = await run(['verify', ...PAGE]);
    assert.deepEqual([code, stderr], [2, '']);
    assert.match(stdout, /2 of 4 files match.*\n(.*\n)*.* page \/.*\/page\.html\n$/);
    const page = textIn(workplace.read('page.html'));
    assert.deepEqual(fatesIn(page), {
      differs: '1, 6 B',
      'missing-there': '1, 7 B',
      'not-proved': '0, 0 B',
      failed: '0, 0 B',
      same: '2, 11 B',
      'missing-here': '1, 4 B',
      'left-out': '0, 0 B',
    });
    assert.match(page, /<h1>verification <span class="verdict bad">2 files not the same<\/span>/);
    assert.match(
      page,
      /<h3><code>MISSING_THERE<\/code> 1 file.*\n.*What to do:<\/b> run a backup; look at who/,
    );
    assert.match(page, /<h3><code>CONTENT_DIFFERS<\/code> 1 file.*\n.*was changed here since the last one/);
    assert.match(page, /<td><code>MISSING_HERE<\/code><\/td>/);
    assert.match(page, /<code>etag-md5<\/code><\/td><td class="number">2<\/td>/);
    assert.doesNotMatch(page, /Uploads tried|Downloads tried|No file failed/);
  });

  it('counts an object without a file as a failure if --strict does', async (t) => {
    const { run, workplace } = await useDifferences(t);
    assert.equal((await run(['verify', '--strict', ...PAGE])).code, 2);
    const page = textIn(workplace.read('page.html'));
    assert.match(page, /verdict bad">3 files not the same/);
    assert.match(page, /<h3><code>MISSING_HERE<\/code> 1 file/);
  });

  it('is of a record, too, and says so if everything is the same', async (t) => {
    const { run, workplace } = await useBackedUp(t, FILES, ['--output-json', 'report.json']);
    const { code, stderr } = await run(['verify', '--against', 'report.json', ...PAGE]);
    assert.deepEqual([code, stderr], [0, '']);
    const page = textIn(workplace.read('page.html'));
    assert.match(page, /verdict good">all went well/);
    assert.match(page, /Everything that was compared is the same\./);
    assert.equal(fatesIn(page).same, '5, 28 B');
    assert.doesNotMatch(page, /Throughput|did not record/);
  });

  it('leaves stdout to the results', async (t) => {
    const { run, workplace } = await useDifferences(t);
    const { code, stdout } = await run(['verify', '--json', '--quiet', ...PAGE]);
    assert.equal(code, 2);
    assert.equal(Object.keys(resultsIn(stdout)).length, 5);
    assert.match(workplace.read('page.html'), /<\/html>\n$/);
    const refused = await run(['verify', '--html', '/dev/stdout']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /--html is \/dev\/stdout, and the results go to stdout.*\[BAD_OPTION\]/);
  });

  it('does not take the place of the page of a run that the configuration names', async (t) => {
    const { run, workplace } = await useBackedUp(t, FILES, PAGE);
    const before = workplace.read('page.html');
    const { code, stdout } = await run(['verify'], { env: { backup_report__html: 'page.html' } });
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /page\.html/);
    assert.equal(workplace.read('page.html'), before);
  });

  it('is written if the verification could not begin, and not if it cannot be written', async (t) => {
    const { run, workplace } = await useBackedUp(t, FILES);
    const nothing = await run(['verify', 'nothing-like-this', ...PAGE]);
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /\[NOTHING_TO_VERIFY\]/);
    assert.match(
      workplace.read('page.html'),
      /verdict bad">failed<.*\n(.*\n)*.*<code>NOTHING_TO_VERIFY<\/code>/,
    );
    const unwritable = await run(['verify', '--html', 'no/such/folder/page.html']);
    assert.equal(unwritable.code, 1);
    assert.match(unwritable.stderr, /\[REPORT_NOT_WRITABLE\]/);
  });
});
