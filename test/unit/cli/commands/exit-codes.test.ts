import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FaultAction } from '../../../../src/s3-server/index.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { wholeEventsIn } from '../../../support/events.ts';
import { useReceiver } from '../../../support/receiver.ts';
import { useS3Server } from '../../../support/s3-server.ts';

const TEMPORARY = { backup_report__exit_codes: 'temporary' };
/** Nobody listens there. */
const AWAY = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
const EXPIRED: FaultAction = { kind: 'error', status: 400, code: 'ExpiredToken' };

/** A folder, a server, the report of a run, and the id of a plan of one shard. */
async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'aaa', 'b.txt': 'bbb' });
  const settings = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_transfer__max_attempts: '1',
  };
  const run = (argv: readonly string[], more: Record<string, string> = {}) =>
    runCli(workplace, argv, { env: { ...settings, ...more } });
  await run(['--output-json', 'record.json']);
  const planned = await run(['plan', '--shards', '1']);
  const id = /^Plan (\S+):/.exec(planned.stdout)?.[1] ?? '';
  assert.notEqual(id, '', planned.stderr);
  return { server, workplace, run, shard: ['run', '--plan', id, '--shard', '0'] };
}

/** Each command that ends with the error if it does not reach the store. */
const COMMANDS: readonly string[] = [
  'run',
  'run --dry-run',
  'put key --command true',
  'restore --to back',
  'cat a.txt',
  'verify',
  'verify --against record.json',
  'ls',
  'runs',
  'diff latest latest',
  'cleanup',
  'plan',
];

describe('an endpoint that is away at the start', () => {
  it('ends every command with 1, and with temporary exit codes with 75', async (t) => {
    const { run } = await usePlace(t);
    for (const command of COMMANDS)
      for (const [codes, expected] of [
        [{}, 1],
        [TEMPORARY, 75],
      ] as const) {
        const { code, stderr } = await run(command.split(' '), { ...AWAY, ...codes });
        assert.match(stderr, /\[ENDPOINT_UNREACHABLE\]\n {2}Check aws\.endpoint_url/, command);
        assert.equal(code, expected, command);
      }
  });

  it('ends a shard of a plan with 75 without the setting, although the plan cannot be read', async (t) => {
    const { run, shard } = await usePlace(t);
    const { code, stderr } = await run(shard, AWAY);
    assert.match(stderr, /\[ENDPOINT_UNREACHABLE\]/);
    assert.equal(code, 75);
  });

  it('fails a check of `status`, which has codes of its own', async (t) => {
    const { run } = await usePlace(t);
    assert.equal((await run(['status'], { ...AWAY, ...TEMPORARY })).code, 1);
    assert.equal((await run(['status', '--max-age', '1h'], { ...AWAY, ...TEMPORARY })).code, 3);
  });

  it('is told with the code that the program has: report, events, metrics, ping and hooks', async (t) => {
    const { workplace, run, shard } = await usePlace(t);
    const receiver = await useReceiver(t);
    const outputs = ['--output-json', 'report%i.json', '--events', 'events%i', '--metrics', 'job%i.prom'];
    const around = {
      backup_notify__ping_url: `${receiver.url}/job`,
      backup_hooks__on_failure: JSON.stringify(['sh', '-c', 'echo "$S3_BACKUP_EXIT_CODE" > told']),
    };
    for (const [argv, more, place] of [
      [shard, {}, '0'],
      [['run'], TEMPORARY, '%i'],
    ] as const) {
      const { code } = await run([...argv, ...outputs], { ...AWAY, ...around, ...more });
      const { exit_code, error } = JSON.parse(workplace.read(`report${place}.json`));
      assert.deepEqual([code, exit_code, error.code], [75, 75, 'ENDPOINT_UNREACHABLE']);
      const end = wholeEventsIn(workplace.read(`events${place}`)).at(-1);
      assert.equal(end?.event === 'end' && end.exit_code, 75);
      assert.match(workplace.read(`job${place}.prom`), /^s3_backup_last_run_exit_code\{.*\} 75$/m);
      assert.equal(workplace.read('told'), '75\n');
    }
    const [start, end, ...others] = receiver.received.map(({ path }) => path.replace(/rid=.*/, ''));
    assert.deepEqual([start, end, others], ['/job/start?', '/job/75?', []], 'a shard tells nobody');
  });
});

describe('an endpoint that is lost during a run', () => {
  for (const [name, isShard, codes, expected] of [
    ['a run', false, {}, 1],
    ['a run with temporary exit codes', false, TEMPORARY, 75],
    ['a shard, although files have failed', true, {}, 75],
  ] as const)
    it(`ends ${name} with ${expected}`, async (t) => {
      const { server, workplace, run, shard } = await usePlace(t);
      workplace.write('source/a.txt', 'refused');
      workplace.write('source/b.txt', 'lost');
      const refuse: FaultAction = { kind: 'error', status: 403, code: 'AccessDenied' };
      server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: refuse });
      const close: FaultAction = { kind: 'call', run: () => void server.close() };
      server.faults.plan({ operation: 'PutObject', key: 'b.txt', do: close });
      const argv = ['--max-outage', '1s', '--concurrency', '1', '--output-json', 'report-%i.json'];
      const { code } = await run([...(isShard ? shard : ['run']), ...argv], {
        ...codes,
        // The last try of a request does not look whether the endpoint is away.
        backup_transfer__max_attempts: '5',
      });
      const report = JSON.parse(workplace.read(`report-${isShard ? 0 : '%i'}.json`));
      assert.deepEqual([report.error?.code, report.counts.failed], ['ENDPOINT_LOST', 2]);
      assert.deepEqual([code, report.exit_code], [expected, expected]);
      assert.ok(report.files.some((file: { code: string }) => file.code === 'UPLOAD_FAILED'));
    });
});

describe('credentials that have expired', () => {
  it('end a run, and its work on a shard, before anything is sent', async (t) => {
    const { server, run, shard } = await usePlace(t);
    for (const [argv, codes, expected] of [
      [['run'], {}, 1],
      [['run'], TEMPORARY, 75],
      [['ls'], TEMPORARY, 75],
      [shard, {}, 75],
    ] as const) {
      server.faults.plan({ operation: 'ListObjectsV2', times: 9, do: EXPIRED });
      const { code, stderr } = await run(argv, codes);
      assert.match(stderr, /\[EXPIRED_TOKEN\]/);
      assert.equal(code, expected, argv.join(' '));
      server.faults.clear();
    }
  });

  it('end a run in the middle, too', async (t) => {
    const { server, workplace, run, shard } = await usePlace(t);
    workplace.write('source/a.txt', 'changed');
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', times: 9, do: EXPIRED });
    assert.equal((await run(['run'])).code, 1);
    assert.equal((await run(shard)).code, 75);
  });

  it('end what reads an object in the middle', async (t) => {
    const { server, run } = await usePlace(t);
    server.faults.plan({ operation: 'GetObject', times: 9, do: EXPIRED });
    for (const argv of [
      ['cat', 'a.txt'],
      ['restore', '--to', 'back'],
    ])
      for (const [codes, expected] of [
        [{}, 1],
        [TEMPORARY, 75],
      ] as const)
        assert.equal((await run(argv, codes)).code, expected, argv.join(' '));
  });
});

describe('a store that is busy at the start', () => {
  for (const [name, action, error, expected] of [
    ['with 503', { kind: 'error', status: 503, code: 'SlowDown' }, 'ENDPOINT_ERROR', 75],
    ['with the page of a gateway', { kind: 'page', status: 502 }, 'ENDPOINT_ERROR', 75],
    ['no, but refuses the request', { kind: 'error', status: 400, code: 'Odd' }, 'ENDPOINT_ERROR', 1],
    ['no, but a web console', { kind: 'html-200' }, 'ENDPOINT_NOT_S3', 1],
    [
      'no, but forbids the bucket',
      { kind: 'error', status: 403, code: 'AccessDenied' },
      'BUCKET_FORBIDDEN',
      1,
    ],
  ] as const)
    for (const transport of ['auto', 'sdk'])
      it(`ends a shard with ${expected}: ${name}, transport ${transport}`, async (t) => {
        const { server, run, shard } = await usePlace(t);
        server.faults.plan({ operation: 'ListObjectsV2', times: 9, do: action });
        const { code, stderr } = await run(shard, { backup_transfer__transport: transport });
        assert.match(stderr, new RegExp(`\\[${error}\\]`));
        assert.equal(code, expected);
      });

  it('ends a cleanup with 75 if unfinished uploads cannot be listed for the moment', async (t) => {
    const { server, run } = await usePlace(t);
    const busy: FaultAction = { kind: 'error', status: 503, code: 'SlowDown' };
    server.faults.plan({ operation: 'ListMultipartUploads', times: 9, do: busy });
    const { code, stderr } = await run(['cleanup'], TEMPORARY);
    assert.match(stderr, /\[ENDPOINT_ERROR\]/);
    assert.equal(code, 75);
  });
});

describe('another run at work', () => {
  it('ends a run with 1, a run with temporary exit codes and a shard with 75', async (t) => {
    const { server, workplace, run, shard } = await usePlace(t);
    workplace.write('source/a.txt', 'changed');
    let isHeld: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const hold = () => {
      isHeld();
      return held;
    };
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: { kind: 'call', run: hold } });
    const first = run(['run']);
    await begun;
    const ends = [await run(['run']), await run(['run'], TEMPORARY), await run(shard)];
    goOn();
    for (const { stderr } of ends) assert.match(stderr, /\[LOCKED\]/);
    assert.deepEqual(
      ends.map(({ code }) => code),
      [1, 75, 75],
    );
    assert.equal((await first).code, 0);
  });
});

describe('a time that is over', () => {
  it('ends every command that has one with 75, and a shard without the setting', async (t) => {
    const { server, run, shard } = await usePlace(t);
    // The first answers take longer than the commands may.
    server.faults.plan({ operation: 'ListObjectsV2', times: 20, do: { kind: 'delay', ms: 1_200 } });
    const commands = [['restore', '--to', 'back'], ['verify'], ['verify', '--against', 'record.json']];
    const ends = await Promise.all([
      ...commands.map((argv) => run([...argv, '--max-duration', '1s'], TEMPORARY)),
      run([...shard, '--max-duration', '1s']),
    ]);
    for (const { stderr } of ends) assert.match(stderr, /\[MAX_DURATION\]/);
    assert.deepEqual(
      ends.map(({ code }) => code),
      [75, 75, 75, 75],
    );
  });
});

describe('a shard that cannot be worked on as it is', () => {
  it('ends with 1 if somebody has to act, and with 2 at --max-transfer', async (t) => {
    const { workplace, run, shard } = await usePlace(t);
    const [, , id = ''] = shard;
    const other = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const argv of [
      ['run', '--plan', other, '--shard', '0'],
      ['run', '--plan', id, '--shard', '7'],
      ['run', '--plan', id],
      [...shard, '--bucket', 'no-such-bucket'],
      [...shard, '--exclude', 'x'],
      [...shard, '--config', 'nowhere.yaml'],
    ])
      assert.equal((await run(argv)).code, 1, argv.join(' '));
    workplace.write('source/a.txt', 'changed');
    assert.equal((await run([...shard, '--max-transfer', '1'])).code, 2);
  });
});

describe('report.exit_codes', () => {
  it('that is none is refused', async (t) => {
    const { run } = await usePlace(t);
    const { code, stderr } = await run(['run'], { backup_report__exit_codes: '75' });
    assert.match(stderr, /report\.exit_codes.*"75" is not allowed; use plain or temporary/);
    assert.equal(code, 1);
  });

  it('does not change the code of a signal', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { a: 'x' });
    let send: (name: 'SIGTERM') => void = () => undefined;
    const stop: FaultAction = { kind: 'call', run: () => send('SIGTERM') };
    server.faults.plan({ operation: 'PutObject', do: stop });
    const { code } = await runCli(workplace, ['--source', 'source'], {
      env: { ...serverEnvironment(server), ...TEMPORARY },
      onStart: (signal) => {
        send = signal;
      },
    });
    assert.equal(code, 143);
  });
});
