import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { useS3Server } from '../../support/s3-server.ts';

const run = promisify(execFile);
const root = process.cwd();
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');
const guide = read('docs/guide.md');

test('the embedding example of the guide prints what md5sum does', async (t) => {
  const folder = temporaryFolder(t);
  const contents = {
    small: Buffer.from('hello\n'),
    empty: Buffer.alloc(0),
    large: Buffer.alloc(20_000_000, 'large'),
  };
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
  symlinkSync('small', join(folder, 'link'));
  const [, example = ''] = /```js\n(.*?)```/s.exec(guide) ?? [];
  assert.ok(example.trim().split('\n').length <= 10, 'ten lines at most');
  // Beside package.json, so that the package finds itself by its own name.
  const script = join(root, `readme-example-${process.pid}.mjs`);
  t.after(() => rmSync(script));
  writeFileSync(script, example);

  const { stdout } = await run(process.execPath, [script, folder]);

  const expected = Object.entries(contents).map(
    ([name, content]) => `${createHash('md5').update(content).digest('hex')}  ${name}`,
  );
  assert.deepEqual(stdout.trim().split('\n').sort(), expected.sort());
});

test('the example of a whole backup compiles under strict rules and moves a folder', async (t) => {
  const region = 'eu-central-1';
  const server = await useS3Server(t, { buckets: ['my-backups'], region });
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'a.txt'), 'a');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(guide) ?? [];
  const script = join(root, `readme-example-${process.pid}.mts`);
  t.after(() => rmSync(script));
  writeFileSync(script, example);
  const checks = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--types', 'node'];
  const modern = ['--module', 'nodenext', '--target', 'es2022'];
  await run(join(root, 'node_modules/.bin/tsc'), [...checks, ...modern, script], { cwd: root });

  const tsx = import.meta.resolve('tsx');
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  };
  const { stdout } = await run(process.execPath, ['--import', tsx, script], { cwd: folder, env });

  assert.equal(stdout, 'moved 1, failed 0\n');
  assert.deepEqual(readdirSync(join(folder, 'data')), []);
});

test('the demo prints what the README shows', async () => {
  const [, shown = ''] = /npx s3-backup demo\n```\n\n```\n(.*?)```/s.exec(readme) ?? [];
  const { stdout } = await run(process.execPath, [join(root, 'bin/s3-backup.js'), 'demo']);
  const steady = (text: string) => text.replace(/127\.0\.0\.1:\d+/, 'HOST').replace(/in \d+\.\d s/, 'in N s');
  assert.equal(steady(stdout), steady(shown));
});

test('the README in Portuguese has the commands, outputs and settings of the README, in its order', () => {
  const blocksOf = (text: string) =>
    [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, block = '']) => ({
      language,
      // Comments are translated.
      lines: block.split('\n').map((line) => line.replace(/(?:^|\s+)# .*$/, '')),
    }));
  const blocks = blocksOf(readme);
  assert.ok(blocks.length >= 7, String(blocks.length));
  assert.deepEqual(blocksOf(read('docs/pt-BR/README.md')), blocks);
});

test('the README in Portuguese shows the figures, and names the pages, of the README', () => {
  const figuresOf = (text: string) => {
    const [losses = ''] = /^\[docs\/safety\.md\].*?\n\n/ms.exec(text) ?? [];
    return [...losses.matchAll(/ (\d+)\b/g), ...text.matchAll(/\| (\d+\.\d\d)(?= \|)/g)].map(([, n]) => n);
  };
  const pagesOf = (text: string, folder: string) =>
    [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
      .map(([, path = '']) => join(folder, path))
      .filter((path) => !path.endsWith('README.md'));
  const portuguese = read('docs/pt-BR/README.md');
  // Numbers have a comma there.
  assert.ok(figuresOf(readme).length >= 14);
  assert.deepEqual(figuresOf(portuguese.replace(/(?<=\| \d+),(?=\d\d \|)/g, '.')), figuresOf(readme));
  assert.deepEqual(pagesOf(portuguese, 'docs/pt-BR'), pagesOf(readme, '.'));
});

test('the README shows the times of bench/RESULTS.md', () => {
  const results = read('bench/RESULTS.md');
  const [, clients = '', ...rows] = /^\| \| s3-backup .*(?:\n\|.*)+/m.exec(readme)?.[0].split('\n') ?? [];
  assert.ok(clients.startsWith('| ---') && rows.length >= 2, 'a table with two rows at least');
  const names = ['s3-backup', 's3-backup --delete-after-upload', 's5cmd cp', 'rclone copy'];
  for (const row of rows) {
    const [, title = '', ...times] = row.split('|').map((cell) => cell.trim());
    const section = results.split(`\n### ${title}\n`)[1]?.split('\n### ')[0] ?? '';
    for (const [at, name] of names.entries()) {
      const measured = section
        .split('\n')
        .find((line) => line.startsWith(`| ${name} | `))
        ?.split(' | ')[2];
      assert.equal(measured?.split(' ')[0], times[at], `${title}: ${name}`);
    }
  }
});

test('the README shows the losses of the comparison in docs/safety.md', () => {
  const [, table = ''] =
    /<!-- bench:safety begin.*?-->(.*?)<!-- bench:safety end/s.exec(read('docs/safety.md')) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('| '));
  const cellsOf = (row = '') => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
  const losses = cellsOf(rows.find((row) => row.startsWith('| **cases with a loss**')));
  const lossesOf = (tool: string) => losses[cellsOf(rows[0]).indexOf(tool)];
  const cases = rows.slice(2).filter((row) => !row.startsWith('| **'));
  const text = readme.replace(/\s+/g, ' ');
  for (const part of [
    `has ${cases.length} cases`,
    `s3-backup lost a file in ${lossesOf('s3-backup')} of them`,
    `(in ${lossesOf('s3-backup --verify download')} with`,
    ...['rclone move', 'aws s3 mv', 's5cmd mv'].map((tool) => `\`${tool}\` in ${lossesOf(tool)}`),
  ])
    assert.ok(text.includes(part), part);
});

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 's3-backup-readme-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
