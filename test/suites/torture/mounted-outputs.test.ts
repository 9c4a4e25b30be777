import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { makeReadOnly, withMount } from '../../support/mounts.ts';
import { useS3Server } from '../../support/s3-server.ts';

/** A run whose outputs are names onto which files were mounted, as by `docker run -v file:file`. */
async function useMounted(t: TestContext, name: string, content: string) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = serverEnvironment(server);
  const real = workplace.write('outside', content);
  const point = workplace.write(`out/${name}`, '');
  const run = (...flags: string[]) => runCli(workplace, ['--source', 'source', ...flags], { env });
  const mounted = (work: () => Promise<void>) => withMount(t, point, ['--bind', real], work);
  return { workplace, server, real, point, run, mounted };
}

test('a report on a name that is a mount is written in place', async (t) => {
  const { workplace, real, point, run, mounted } = await useMounted(
    t,
    'report',
    'before, and longer than a report'.repeat(99),
  );
  await mounted(async () => {
    const { ino } = statSync(point);
    const { code, stderr } = await run('--output-json', point);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(JSON.parse(readFileSync(real, 'utf8')).total_files, 1);
    assert.equal(statSync(point).ino, ino);
    assert.deepEqual(readdirSync(join(workplace.cwd, 'out')), ['report']);
  });
});

test('a report on a name that is a read-only mount is refused before anything is done', async (t) => {
  const { server, real, point, run, mounted } = await useMounted(t, 'report', 'before');
  await mounted(async () => {
    const refused = makeReadOnly(point);
    if (refused !== undefined) return t.skip(refused);
    const { code, stderr } = await run('--output-json', point);
    assert.equal(code, 1);
    assert.match(stderr, /report: EROFS.*\[REPORT_NOT_WRITABLE\]/);
    assert.equal(server.requests.of('PutObject').length, 0);
    assert.equal(readFileSync(real, 'utf8'), 'before');
  });
});

test('a log on a name that is a mount is continued, and the older ones keep their names', async (t) => {
  const full = 'x'.repeat(1024 * 1024);
  const { workplace, real, point, run, mounted } = await useMounted(t, 'log', full);
  workplace.write('out/log.1', 'older');
  await mounted(async () => {
    workplace.write('small.yaml', 'logging: { max_log_size_mb: 1 }\n');
    for (const _run of ['first', 'second']) {
      const { code, stderr } = await run('--log-file', point, '--config', 'small.yaml');
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        /^s3-backup: the log file cannot be rotated and will keep growing: EBUSY[^\n]*\n$/,
      );
    }
    assert.match(readFileSync(real, 'utf8').slice(full.length), /^(\{.*\}\n)+$/);
    assert.deepEqual(readdirSync(join(workplace.cwd, 'out')).sort(), ['log', 'log.1']);
    assert.equal(workplace.read('out/log.1'), 'older');
  });
});
