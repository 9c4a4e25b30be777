import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ndjson } from '../../support/backed-up.ts';
import { childrenOf, stillRunning } from '../../support/children.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const LINUX = {
  skip: process.platform !== 'linux' && 'limits descriptors by the shell, and looks into /proc',
};

/** With so few descriptors a batch of deletions, and so a segment, has 16 files. */
const DESCRIPTORS = 800;
const BATCH = 16;
const COUNT = 12 * BATCH;
const SEGMENT = /\.s3-backup\/runs\/segments\/[^/]+\/[^/]+$/;

const nameOf = (n: number) => `d${n % 3}/file ${n}`;

async function useKilledMove(t: TestContext, processes: number) {
  const server = await useS3Server(t);
  const files = Object.fromEntries(Array.from({ length: COUNT }, (_, n) => [nameOf(n), `content ${n}`]));
  const workplace = useWorkplace(t, files);
  for (let n = 0; n < COUNT; n += 1) {
    const path = join(workplace.source, nameOf(n));
    utimesSync(path, 1e9 + n, 1e9 + n + 0.25);
    chmodSync(path, n % 2 === 0 ? 0o640 : 0o700);
  }
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const flags = ['--manifest', '--delete-after-upload', '--processes', String(processes)];
  const command = `ulimit -n ${DESCRIPTORS}; exec "$@"`;
  const argv = ['-c', command, 'sh', process.execPath, program.bin, 'run', ...flags];
  const moving = start(['/bin/sh', ...argv], { workplace, env });
  t.after(() => moving.child.kill('SIGKILL'));
  return { server, workplace, env, moving };
}

for (const processes of [1, 2]) {
  describe(`a move that is killed, with ${processes} processes`, LINUX, () => {
    it('has recorded everything that it deleted: runs, verify and restore read it', async (t) => {
      const { server, workplace, env, moving } = await useKilledMove(t, processes);
      const { pid = 0 } = moving.child;
      let children: number[] = [];
      const kill = () => {
        children = processes > 1 ? childrenOf(pid) : [];
        moving.child.kill('SIGKILL');
      };
      server.faults.plan({ operation: 'PutObject', key: SEGMENT, skip: 5, do: { kind: 'call', run: kill } });
      assert.equal((await moving.ended).signal, 'SIGKILL');
      while (stillRunning(children).length > 0) await sleep(20);

      const all = Array.from({ length: COUNT }, (_, n) => n);
      const deleted = all.filter(
        (n) => !existsSync(join(workplace.source, nameOf(n))) && !isClaimed(workplace.source, n),
      );
      assert.ok(deleted.length >= BATCH && deleted.length < COUNT, `${deleted.length} deleted`);

      const run = (words: readonly string[], terminal = false) => runCli(workplace, words, { env, terminal });
      const listed = await run(['runs', '--json']);
      const [{ run: id, files, unfinished } = {}, ...others] = ndjson(listed.stdout);
      assert.deepEqual([listed.code, others, unfinished], [0, [], true]);
      assert.ok(Number(files) >= deleted.length, `${files} recorded`);
      const shown = await run(['runs'], true);
      assert.match(shown.stdout, new RegExp(`\n${id} .* unfinished\n$`));
      assert.match(
        shown.stderr,
        /^unfinished: no manifest is stored, so the run was killed or is still at work/,
      );

      const verified = await run(['verify', '--run', 'latest', '--download']);
      assert.deepEqual(
        [verified.code, /has stored no manifest: it was killed/.test(verified.stderr)],
        [0, true],
      );

      const restored = await run(['restore', '--run', String(id), '--to', 'back']);
      assert.equal(restored.code, 0, restored.stderr);
      assert.match(restored.stderr, /that run has stored no manifest/);
      for (const n of deleted) {
        const path = join(workplace.cwd, 'back', nameOf(n));
        assert.equal(readFileSync(path, 'utf8'), `content ${n}`);
        const { mode, mtimeMs } = statSync(path);
        assert.deepEqual(
          [mode & 0o777, mtimeMs],
          [n % 2 === 0 ? 0o640 : 0o700, (1e9 + n + 0.25) * 1000],
          path,
        );
      }

      const next = await run(['run', '--manifest', '--delete-after-upload']);
      assert.equal(next.code, 0, next.stderr);
      const both = ndjson((await run(['runs', '--json'])).stdout);
      // Runs that begin in the same second have no order.
      assert.equal(both.length, 2);
      for (const one of both) assert.equal(one.unfinished, one.run === id);
    });
  });
}

/** Whether the killed run has moved the file aside and not deleted it. */
function isClaimed(source: string, n: number): boolean {
  const folder = join(source, `d${n % 3}`);
  if (!existsSync(folder)) return false;
  return readdirSync(folder)
    .filter((name) => name.startsWith('.s3-backup-claim-'))
    .some((name) => statSync(join(folder, name)).isDirectory() && holds(join(folder, name), n));
}

function holds(folder: string, n: number): boolean {
  return readdirSync(folder).some((name) => readFileSync(join(folder, name), 'utf8') === `content ${n}`);
}
