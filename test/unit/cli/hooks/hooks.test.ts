import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../../../src/report/report.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { strictValidator } from '../../../support/report-schema.ts';
import { useS3Server } from '../../../support/s3-server.ts';

type Scripts = Partial<Record<'before' | 'after' | 'on_success' | 'on_failure', string>>;

/** A folder with one file, a server, and hooks that are scripts of the shell. Each script notes its name in `order`. */
async function useHooks(t: TestContext, scripts: Scripts, more: NodeJS.ProcessEnv = {}) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'aaa' });
  const hooks = Object.entries(scripts).map(([name, script]) => [
    `backup_hooks__${name}`,
    // Its own words: runs with the same hooks, as those of another test on this machine, exclude each other.
    JSON.stringify(['sh', '-c', `echo ${name} >> order; ${script}`, workplace.cwd]),
  ]);
  const env = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_report__output_json: 'report.json',
    backup_logging__log_file: 'run.log',
    ...Object.fromEntries(hooks),
    ...more,
  };
  const run = (argv: readonly string[] = [], input: CliInput = {}) =>
    runCli(workplace, argv, { ...input, env: { ...env, ...input.env } });
  return {
    ...{ server, workplace, run, env },
    order: () => (existsSync(join(workplace.cwd, 'order')) ? workplace.read('order').trim().split('\n') : []),
    report: (): Report => JSON.parse(workplace.read('report.json')),
    log: () => workplace.read('run.log'),
  };
}

const ALL: Scripts = { before: ':', after: ':', on_success: ':', on_failure: ':' };
const isReport = strictValidator('report.schema.json');

describe('hooks of a run', () => {
  it('are called in their order, and the one for success only if it is one', async (t) => {
    const { run, order, report } = await useHooks(t, ALL);
    const { code, stderr } = await run();
    assert.deepEqual([code, stderr, order()], [0, '', ['before', 'after', 'on_success']]);
    assert.deepEqual([report().warnings, report().exit_code], [[], 0]);
  });

  it('that are for a failure are called if there is nothing to back up, no source, or no bucket', async (t) => {
    for (const [more, code] of [
      [{ backup_safety__fail_if_empty: 'true', backup_backup__include_patterns: 'none' }, 1],
      [{ backup_backup__source_directory: 'nowhere' }, 1],
      [{ S3_BUCKET_NAME: 'no-such-bucket' }, 1],
    ] as const) {
      const { run, order } = await useHooks(t, ALL, more);
      assert.equal((await run()).code, code);
      assert.deepEqual(order(), ['before', 'after', 'on_failure']);
    }
  });

  it('get what is known of the run in their environment, and the report is there at the end', async (t) => {
    const show = 'env | grep ^S3_BACKUP_ | sort > $S3_BACKUP_HOOK.env';
    const { run, workplace } = await useHooks(t, {
      before: show,
      on_success: `${show}; cp "$S3_BACKUP_REPORT" copy.json`,
    });
    assert.equal((await run(['--prefix', 'office'])).code, 0);
    const variables = (name: string) =>
      Object.fromEntries(
        workplace
          .read(`${name}.env`)
          .trim()
          .split('\n')
          .map((line) => [line.slice(10, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
    const before = variables('before');
    assert.deepEqual(before, {
      HOOK: 'before',
      RUN_ID: before.RUN_ID,
      SOURCE: workplace.source,
      BUCKET: 'test-bucket',
      PREFIX: 'office',
      REPORT: join(workplace.cwd, 'report.json'),
      PAGE: '',
      LOG: join(workplace.cwd, 'run.log'),
    });
    const after = variables('on_success');
    assert.match(before.RUN_ID ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.deepEqual(
      [after.RUN_ID, after.EXIT_CODE, after.ERROR, after.FILES, after.KEPT, after.KEPT_BYTES, after.FAILED],
      [before.RUN_ID, '0', '', '1', '1', '3', '0'],
    );
    const copy = JSON.parse(workplace.read('copy.json'));
    assert.ok(isReport(copy), JSON.stringify(isReport.errors));
  });

  it('do not get the secrets of the environment, unless the setting says so', async (t) => {
    const { run, workplace } = await useHooks(
      t,
      { before: 'env > env' },
      { backup_notify__ping_url: 'off', backup_aws__session_token: '', AWS_PROFILE: '', KEEP: 'kept' },
    );
    assert.equal((await run()).code, 0);
    assert.match(workplace.read('env'), /^KEEP=kept$/m);
    assert.match(workplace.read('env'), /^PATH=/m);
    assert.doesNotMatch(
      workplace.read('env'),
      /AWS_SECRET_ACCESS_KEY|AWS_ACCESS_KEY_ID|ping_url|session_token/,
    );
    await run([], { env: { backup_hooks__pass_credentials: 'true' } });
    assert.match(workplace.read('env'), /^AWS_SECRET_ACCESS_KEY=./m);
  });

  it('write to the log, with secrets masked, and not to the screen', async (t) => {
    const { run, log, env } = await useHooks(t, {
      before: 'echo made; echo "$backup_hooks__pass_credentials" >&2',
    });
    const secret = (env as NodeJS.ProcessEnv).AWS_SECRET_ACCESS_KEY ?? '';
    const { stdout, stderr } = await run([], {
      env: {
        backup_hooks__pass_credentials: 'true',
        backup_hooks__after: '["sh","-c","echo of $AWS_SECRET_ACCESS_KEY"]',
      },
    });
    assert.match(log(), /"hook":"before","output":"made"/);
    assert.match(log(), /"hook":"after","output":"of \*\*\*\*"/);
    assert.doesNotMatch(log() + stdout + stderr, new RegExp(secret));
    assert.doesNotMatch(stdout + stderr, /made/);
  });

  it('are not run in a dry run, nor by other commands', async (t) => {
    const { run, order } = await useHooks(t, ALL);
    await run(['--dry-run']);
    await run(['put', 'key'], { stdin: 'x' });
    await run(['restore', '--to', 'back']);
    await run(['verify']);
    await run(['status']);
    assert.deepEqual(order(), []);
  });
});

describe('the hook before', () => {
  it('makes the source that the run reads, and the list of its files', async (t) => {
    const { run, order, workplace, report } = await useHooks(t, {
      before: 'mkdir -p snapshot && cp source/a.txt snapshot/ && echo a.txt > list',
      after: 'rm -r snapshot',
    });
    const { code } = await run(['--source', 'snapshot', '--files-from', 'list']);
    assert.deepEqual([code, order(), report().counts.kept], [0, ['before', 'after'], 1]);
    assert.equal(existsSync(join(workplace.cwd, 'snapshot')), false);
  });

  it('that fails ends the run with 1 and touches nothing, and the hook after still runs', async (t) => {
    const { run, order, server, workplace, report } = await useHooks(t, {
      ...ALL,
      before: 'echo no room >&2; exit 5',
    });
    const { code, stderr } = await run(['--delete-after-upload']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /s3-backup: The hook before \(sh\) ended with exit code 5: no room, so nothing was sent or deleted\. \[HOOK_FAILED\]\n/,
    );
    assert.deepEqual(order(), ['before', 'after', 'on_failure']);
    assert.deepEqual([server.requests.length, workplace.tree()], [0, { 'a.txt': 'aaa' }]);
    assert.deepEqual([report().exit_code, report().error?.code, report().files], [1, 'HOOK_FAILED', []]);
    // No lock is left: the next run begins at once.
    assert.equal((await run([], { env: { backup_hooks__before: 'off' } })).code, 0);
  });

  it('that cannot be started, or takes too long, has failed', async (t) => {
    const { run } = await useHooks(t, {});
    const started = await run([], { env: { backup_hooks__before: '/no/such/program' } });
    assert.match(
      started.stderr,
      /The hook before \(\/no\/such\/program\) could not be started: there is no such program/,
    );
    const slow = await run([], {
      env: { backup_hooks__before: `["sleep","${1000 + process.pid}"]`, backup_hooks__time_limit: '1s' },
    });
    assert.match(slow.stderr, /The hook before \(sleep\) took longer than 1 s/);
    assert.deepEqual([started.code, slow.code], [1, 1]);
  });

  it('is ended by a signal, with exit code 130, and the hook after still runs', async (t) => {
    const { run, order, server, workplace, report } = await useHooks(t, {
      ...ALL,
      before: 'touch begun; sleep 1000',
    });
    let send: (name: 'SIGINT') => void = () => undefined;
    const ends = run([], {
      onStart: (signal) => {
        send = signal;
      },
    });
    while (!existsSync(join(workplace.cwd, 'begun'))) await sleep(10);
    send('SIGINT');
    assert.equal((await ends).code, 130);
    assert.deepEqual(order(), ['before', 'after', 'on_failure']);
    assert.deepEqual([server.requests.length, report().exit_code, report().interrupted], [0, 130, true]);
  });

  it('keeps a second run off until the hook after has run, so that none releases a snapshot that is read', async (t) => {
    const { run, order, workplace } = await useHooks(t, {
      before: 'if [ -e begun ]; then exit 0; fi; touch begun; while [ ! -e go ]; do sleep 0.05; done',
      after: ':',
    });
    const first = run();
    while (!existsSync(join(workplace.cwd, 'begun'))) await sleep(10);
    const second = await run(['--prefix', 'other'], { env: { backup_report__output_json: '' } });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /Another run is at work on .*\[LOCKED\]/);
    workplace.write('go', '');
    assert.equal((await first).code, 0);
    assert.deepEqual(order(), ['before', 'after']);
  });
});

describe('a hook after the run', () => {
  it('that fails makes the exit code 2, in the report, too', async (t) => {
    const { run, order, report } = await useHooks(t, { ...ALL, after: 'echo busy; exit 1' });
    const { code, stderr } = await run();
    assert.deepEqual([code, order()], [2, ['before', 'after', 'on_failure']]);
    const warning = 'The hook after (sh) ended with exit code 1: busy';
    assert.deepEqual([report().exit_code, report().error, report().warnings], [2, null, [warning]]);
    assert.match(
      stderr,
      /ERROR: hook failed: The hook after \(sh\) ended with exit code 1: busy \[HOOK_FAILED\]/,
    );
  });

  it('that fails on success makes it 2, and the report is written again', async (t) => {
    const { run, report } = await useHooks(t, { on_success: 'exit 9' });
    assert.equal((await run(['--html', 'page.html', '--md5sums', 'sums'])).code, 2);
    assert.deepEqual(report().warnings, ['The hook on_success (sh) ended with exit code 9']);
    assert.deepEqual([report().exit_code, report().files.length, isReport(report())], [2, 1, true]);
  });

  it('that fails does not replace a worse exit code', async (t) => {
    const { run, report } = await useHooks(t, { on_failure: 'exit 9' }, { S3_BUCKET_NAME: 'no-such-bucket' });
    assert.equal((await run()).code, 1);
    assert.deepEqual([report().exit_code, report().warnings.length], [1, 1]);
  });

  it('is told to a report on stdout, which is written once', async (t) => {
    const { run, order } = await useHooks(t, { ...ALL, on_success: 'test -z "$S3_BACKUP_REPORT" && exit 3' });
    const { code, stdout } = await run(['--output-json', '-']);
    const report: Report = JSON.parse(stdout);
    assert.deepEqual([code, report.exit_code, report.warnings.length, report.files.length], [2, 2, 1, 1]);
    assert.deepEqual(order(), ['before', 'after', 'on_success']);
  });

  it('runs to its end although a signal has stopped the run', async (t) => {
    const { run, order, server } = await useHooks(t, { ...ALL, after: 'sleep 0.2; echo done >> order' });
    server.faults.plan({ operation: 'PutObject', do: { kind: 'delay', ms: 1_000 } });
    let send: (name: 'SIGTERM') => void = () => undefined;
    const ends = run([], {
      onStart: (signal) => {
        send = signal;
      },
    });
    while (server.requests.of('PutObject').length === 0) await sleep(10);
    send('SIGTERM');
    const { code } = await ends;
    assert.ok(code === 143 || code === 0, String(code));
    assert.deepEqual(order().slice(0, 3), ['before', 'after', 'done']);
  });
});
