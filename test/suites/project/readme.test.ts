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
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { useS3Server } from '../../support/s3-server.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('the embedding example of the README prints what md5sum does', async (t) => {
  const folder = temporaryFolder(t);
  const contents = {
    small: Buffer.from('hello\n'),
    empty: Buffer.alloc(0),
    large: Buffer.alloc(20_000_000, 'large'),
  };
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
  symlinkSync('small', join(folder, 'link'));
  const [, example = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
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
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
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

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 's3-backup-readme-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
