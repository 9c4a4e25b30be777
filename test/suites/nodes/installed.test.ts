import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { npm, useBuiltPackage } from '../../support/built-package.ts';
import { bareEnvironment, serverEnvironment } from '../../support/cli-context.ts';
import { start } from '../../support/program.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';

/** npm and the program are started with the Node.js that runs this test. */
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);

const built = useBuiltPackage();
let project = '';
before(() => {
  project = mkdtempSync(join(realpathSync(tmpdir()), 's3-backup-project-'));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts'], built.folder)) as [
    { filename: string },
  ];
  // Without a lock file, so with the newest releases that the ranges in package.json allow.
  const tarball = join(built.folder, filename);
  npm(['install', '--engine-strict', '--no-audit', '--no-fund', tarball], project, { ...process.env, PATH });
});
after(() => rmSync(project, { recursive: true, force: true }));

test('a fresh install of the tarball allows this Node.js, and its program moves a folder', () => {
  const { status, stdout, stderr } = spawnSync(join(project, 'node_modules/.bin/s3-backup'), ['demo'], {
    env: { ...bareEnvironment(project), PATH },
    shell: process.platform === 'win32',
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^ +7 .* proved and deleted here$/m);
});

for (const transport of ['auto', 'sdk'])
  test(`the installed library moves a folder, and restores it (transport ${transport})`, async (t) => {
    const server = await useS3Server(t);
    const [source, back] = [join(project, `data-${transport}`), join(project, `back-${transport}`)];
    mkdirSync(source);
    writeFileSync(join(source, 'a.txt'), 'a');
    const script = join(project, `${transport}.js`);
    writeFileSync(
      script,
      `import { backup, restore } from 's3-backup-pipeline';
       const store = { bucket: '${TEST_BUCKET}', endpointUrl: process.env.AWS_ENDPOINT_URL, transport: '${transport}' };
       const moved = await backup({ ...store, source: ${JSON.stringify(source)}, deleteAfterUpload: true });
       const restored = await restore({ ...store, to: ${JSON.stringify(back)} });
       console.log(moved.counts.deleted, restored.counts.restored);`,
    );
    const workplace = { cwd: project, home: project };
    const env = { ...serverEnvironment(server), AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    const { code, stdout, stderr } = await start([process.execPath, script], { workplace, env }).ended;
    assert.deepEqual([code, stdout, stderr], [0, '1 1\n', '']);
    assert.deepEqual([readdirSync(source), readdirSync(back)], [[], ['a.txt']]);
  });

test('every subpath of the installed package can be imported', () => {
  const script = `
    const { exports } = (await import('s3-backup-pipeline/package.json', { with: { type: 'json' } })).default;
    const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'));
    for (const path of paths) await import('s3-backup-pipeline' + path.slice(1));
    console.log(paths.length);`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', script],
    {
      cwd: project,
      encoding: 'utf8',
    },
  );
  assert.ok(Number(stdout) >= 13, stderr);
});
