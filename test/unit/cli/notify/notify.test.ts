import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Report } from '../../../../src/report/report.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { type Received, type ReceiverAnswer, useReceiver } from '../../../support/receiver.ts';
import { useS3Server } from '../../../support/s3-server.ts';

const SECRET = '5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278';

/** A folder, a server, a receiver, and a sendmail that keeps the mails that it gets. */
async function usePlace(t: TestContext, answer?: (request: Received) => ReceiverAnswer) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'aaa' });
  const receiver = await useReceiver(t, answer);
  const sendmail = workplace.write('sendmail', '#!/bin/sh\necho "args: $*" >> mails\ncat >> mails\n', 0o700);
  const env = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_report__output_json: 'report.json',
    backup_logging__log_file: 'run.log',
    backup_notify__sendmail: sendmail,
  };
  const run = (argv: readonly string[] = [], more: NodeJS.ProcessEnv = {}, input: CliInput = {}) =>
    runCli(workplace, argv, { ...input, env: { ...env, ...more } });
  return {
    ...{ server, workplace, receiver, run },
    ping: { backup_notify__ping_url: `${receiver.url}/${SECRET}` },
    report: (): Report => JSON.parse(workplace.read('report.json')),
    paths: () => receiver.received.map(({ path }) => path.replace(/rid=[0-9a-f-]{36}$/, 'rid=ID')),
  };
}

const FAILS = { operation: 'PutObject', do: { kind: 'error', status: 403, code: 'AccessDenied' } } as const;

describe('pings', () => {
  it('are sent when a run begins and when it has ended, with one id and the summary', async (t) => {
    const { run, paths, receiver, ping } = await usePlace(t);
    const { code, stderr } = await run([], ping);
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(paths(), [`/${SECRET}/start?rid=ID`, `/${SECRET}?rid=ID`]);
    const [start, end] = receiver.received;
    assert.equal(start?.path.split('rid=')[1], end?.path.split('rid=')[1]);
    assert.deepEqual([start?.method, start?.body], ['POST', '']);
    assert.match(
      end?.body ?? '',
      /^1 of 1 file verified in s3:\/\/test-bucket\/ in .*\n.*proved and kept here\n/,
    );
    assert.match(end?.body ?? '', /\nReport: \/.*report\.json\nLog: \/.*run\.log\n$/);
  });

  it('have the exit code, and the files that failed', async (t) => {
    const { run, paths, receiver, ping, server } = await usePlace(t);
    server.faults.plan(FAILS);
    assert.equal((await run([], ping)).code, 2);
    assert.deepEqual(paths().at(-1), `/${SECRET}/2?rid=ID`);
    assert.match(receiver.received.at(-1)?.body ?? '', /\na\.txt: .*\[UPLOAD_FAILED\]\n/);
  });

  it('are sent if the run cannot begin, for whatever reason', async (t) => {
    const { run, paths, receiver, ping, workplace } = await usePlace(t);
    workplace.write('folder/x', '');
    for (const [argv, more, code] of [
      [[], { S3_BUCKET_NAME: '' }, 'BAD_OPTION'],
      [['--source', 'nowhere'], {}, 'SOURCE_NOT_FOUND'],
      [['--log-file', 'folder'], {}, 'LOG_NOT_WRITABLE'],
      [['--output-json', 'no/folder/report.json'], {}, 'REPORT_NOT_WRITABLE'],
      [['--files-from', 'no-list'], {}, 'LIST_UNREADABLE'],
      [['--bucket', 'no-such-bucket'], {}, 'BUCKET_NOT_FOUND'],
    ] as const) {
      const before = receiver.received.length;
      assert.equal((await run(argv, { ...ping, ...more })).code, 1);
      assert.deepEqual(paths().slice(before), [`/${SECRET}/start?rid=ID`, `/${SECRET}/1?rid=ID`], code);
      assert.match(receiver.received.at(-1)?.body ?? '', new RegExp(`\\[${code}\\]`));
    }
  });

  it('tell of a hook that failed', async (t) => {
    const { run, paths, receiver, ping } = await usePlace(t);
    assert.equal((await run([], { ...ping, backup_hooks__on_success: '["false"]' })).code, 2);
    assert.equal(paths().at(-1), `/${SECRET}/2?rid=ID`);
    assert.match(
      receiver.received.at(-1)?.body ?? '',
      /\nThe hook on_success \(false\) ended with exit code 1\n/,
    );
  });

  it('are sent if a signal has stopped the run', async (t) => {
    const { run, paths, ping, server } = await usePlace(t);
    server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'delay', ms: 1_000 } });
    let send: (name: 'SIGINT') => void = () => undefined;
    const ends = run([], ping, {
      onStart: (signal) => {
        send = signal;
      },
    });
    while (server.requests.of('ListObjectsV2').length === 0)
      await new Promise((done) => setTimeout(done, 10));
    send('SIGINT');
    assert.equal((await ends).code, 130);
    assert.equal(paths().at(-1), `/${SECRET}/130?rid=ID`);
  });

  it('are not sent in a dry run, nor by a command that is no backup; put sends them', async (t) => {
    const { run, paths, ping } = await usePlace(t);
    await run(['--dry-run'], ping);
    for (const command of [['verify'], ['restore', '--to', 'back'], ['status'], ['ls'], ['cleanup']])
      await run(command, ping);
    assert.deepEqual(paths(), []);
    assert.equal((await run(['put', 'key'], ping, { stdin: 'x' })).code, 0);
    assert.equal((await run(['put', '../key'], ping, { stdin: 'x' })).code, 1);
    const START = `/${SECRET}/start?rid=ID`;
    assert.deepEqual(paths(), [START, `/${SECRET}?rid=ID`, START, `/${SECRET}/1?rid=ID`]);
  });
});

describe('a message that is not delivered', () => {
  it('changes no exit code, is one warning in the log and in the report, and shows no secret', async (t) => {
    const { run, ping, report, workplace, receiver } = await usePlace(t, () => ({
      status: 404,
      body: SECRET,
    }));
    const { code, stdout, stderr } = await run([], ping);
    const warning = `The ping to ${receiver.url}/**** was not delivered: the answer has status 404 (Not Found)`;
    assert.equal(code, 0);
    assert.match(stderr, /^\[\S+\] WARN: The ping to [^\n]*\n$/);
    assert.deepEqual([report().exit_code, report().warnings, report().files.length], [0, [warning], 1]);
    const log = workplace.read('run.log');
    assert.equal(log.split('was not delivered').length, 2);
    for (const text of [stdout, stderr, log, workplace.read('report.json')])
      assert.ok(!text.includes(SECRET));
  });

  it('is said on stderr if there is no log yet', async (t) => {
    const { run, ping } = await usePlace(t, () => ({ status: 410 }));
    const { code, stderr } = await run([], { ...ping, S3_BUCKET_NAME: '' });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: The ping to http:.*status 410 \(Gone\)\ns3-backup: No bucket was given/,
    );
  });

  it('keeps no other from being sent', async (t) => {
    const { run, ping, report, workplace } = await usePlace(t, ({ path }) =>
      path.startsWith('/bad') ? { status: 400 } : { status: 200 },
    );
    const url = ping.backup_notify__ping_url.replace(SECRET, '');
    const { code } = await run([], {
      backup_notify__webhooks: JSON.stringify([`${url}bad`, `${url}good`]),
      backup_notify__on: 'always',
      backup_notify__email: 'root',
      backup_notify__sendmail: '["sh","-c","echo no route >&2; exit 75"]',
    });
    assert.equal(code, 0);
    assert.deepEqual(report().warnings.length, 2);
    assert.match(
      report().warnings.join('\n'),
      /status 400.*\nThe mail was not sent: sh ended with exit code 75: no route$/s,
    );
    assert.match(workplace.read('run.log'), /mail was not sent/);
  });

  it('and a proxy that cannot be used are told, and the run is made if it does not need the proxy', async (t) => {
    const { run, report, ping } = await usePlace(t);
    const { code } = await run([], { ...ping, HTTP_PROXY: 'http://' });
    assert.equal(code, 1);
    assert.match(report().warnings.join(), /The ping to .* was not delivered: HTTP_PROXY is set/);
  });
});

describe('webhooks', () => {
  it('send all that is known as JSON, or what the template makes of it', async (t) => {
    const { run, receiver, server } = await usePlace(t);
    server.faults.plan(FAILS);
    const webhooks = [
      { url: `${receiver.url}/json` },
      {
        url: `${receiver.url}/text`,
        body: '{{outcome}} {{failed}}/{{files}} {{bucket}}',
        headers: { 'X-Key': 'k' },
      },
      { url: `${receiver.url}/map`, body: { text: '{{title}}', list: ['{{exit_code}}'] } },
    ];
    assert.equal((await run([], { backup_notify__webhooks: JSON.stringify(webhooks) })).code, 2);
    const of = (path: string) => receiver.received.find((each) => each.path === path);
    const object = JSON.parse(of('/json')?.body ?? '');
    assert.equal(of('/json')?.headers['content-type'], 'application/json');
    assert.deepEqual(
      [
        object.schema_version,
        object.outcome,
        object.exit_code,
        object.command,
        object.counts.failed,
        object.bucket,
      ],
      [1, 'partial', 2, 'run', 1, 'test-bucket'],
    );
    assert.match(object.title, /^s3-backup on \S+: 1 file failed \(s3:\/\/test-bucket\/\)$/);
    assert.deepEqual([object.failed[0].path, object.failed[0].code], ['a.txt', 'UPLOAD_FAILED']);
    assert.deepEqual([of('/text')?.body, of('/text')?.headers['x-key']], ['partial 1/1 test-bucket', 'k']);
    assert.deepEqual(JSON.parse(of('/map')?.body ?? ''), { text: object.title, list: ['2'] });
  });

  it('are sent on failure, always or on a change, as they say themselves or `on` says', async (t) => {
    const { run, receiver, server } = await usePlace(t);
    const webhooks = ['failure', 'always', 'change'].map((on) => ({ url: `${receiver.url}/${on}`, on }));
    const sent = async () => {
      const before = receiver.received.length;
      await run(['--compare', 'checksum'], { backup_notify__webhooks: JSON.stringify(webhooks) });
      return receiver.received
        .slice(before)
        .map(({ path }) => path.slice(1))
        .sort();
    };
    assert.deepEqual(await sent(), ['always', 'change'], 'the first run is a change');
    assert.deepEqual(await sent(), ['always']);
    const away = {
      operation: 'ListObjectsV2',
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    } as const;
    server.faults.plan(away);
    assert.deepEqual(await sent(), ['always', 'change', 'failure']);
    server.faults.plan(away);
    assert.deepEqual(await sent(), ['always', 'failure']);
    assert.deepEqual(await sent(), ['always', 'change'], 'it is well again');
  });

  it('about a change are sent again by the next run if they were not delivered', async (t) => {
    let isDown = true;
    const { run, receiver, workplace } = await usePlace(t, () => ({ status: isDown ? 400 : 200 }));
    const env = { backup_notify__webhooks: receiver.url, backup_notify__on: 'change' };
    await run([], env);
    isDown = false;
    await run([], env);
    await run([], env);
    assert.equal(receiver.received.length, 2);
    const folder = join(workplace.home, '.local/state/s3-backup');
    const state = await import('node:fs').then(({ readdirSync }) => readdirSync(folder));
    assert.deepEqual(
      state.map((name) => readFileSync(join(folder, name), 'utf8')),
      ['success\n'],
    );
  });

  it('about a change know each job, and use the state folder of a systemd unit', async (t) => {
    const { run, receiver, workplace } = await usePlace(t);
    const folder = join(workplace.root, 'state');
    mkdirSync(folder);
    const env = {
      backup_notify__webhooks: receiver.url,
      backup_notify__on: 'change',
      STATE_DIRECTORY: folder,
    };
    for (const prefix of ['one', 'two', 'one']) await run(['--prefix', prefix], env);
    assert.equal(receiver.received.length, 2);
  });
});

describe('mail', () => {
  it('is handed to sendmail, and a name of a file adds no header and no recipient', async (t) => {
    const { run, workplace, server } = await usePlace(t);
    workplace.write('source/x\nBcc: all@example.com\n\nä.txt', 'x');
    server.faults.plan({ ...FAILS, times: 2 });
    const { code } = await run([], {
      backup_notify__email: 'root,admin@example.com',
      backup_notify__email_from: 'backup@example.com',
    });
    assert.equal(code, 2);
    const mails = workplace.read('mails');
    assert.match(
      mails,
      /^args: -t -i\nFrom: backup@example\.com\nTo: root,\n admin@example\.com\nSubject: s3-backup on \S+: 2 files failed/,
    );
    assert.doesNotMatch(mails, /^Bcc/m);
    const text = Buffer.from(mails.slice(mails.indexOf('\n\n') + 2), 'base64').toString();
    assert.match(text, /\n"x\\nBcc: all@example\.com\\n\\nä\.txt": .*\[UPLOAD_FAILED\]\n/);
  });

  it('is not sent if all went well, unless it is wanted', async (t) => {
    const { run, workplace } = await usePlace(t);
    await run([], { backup_notify__email: 'root' });
    assert.ok(!workplace.names().includes('mails'));
    await run([], { backup_notify__email: 'root', backup_notify__on: 'always' });
    assert.match(workplace.read('mails'), /^Subject: s3-backup on \S+: success \(s3:\/\/test-bucket\/\)$/m);
  });

  it('of sendmail has no secrets in its environment', async (t) => {
    const { run, workplace } = await usePlace(t);
    const env = { backup_notify__email: 'root', backup_notify__on: 'always' };
    await run([], { ...env, backup_notify__sendmail: '["sh","-c","env > env"]' });
    assert.doesNotMatch(workplace.read('env'), /AWS_SECRET_ACCESS_KEY/);
  });
});
