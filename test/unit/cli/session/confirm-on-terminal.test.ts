import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import type { CliContext } from '../../../../src/cli/context.ts';
import { askOnTerminal } from '../../../../src/cli/session/confirm-on-terminal.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useReceiver } from '../../../support/receiver.ts';
import { useS3Server } from '../../../support/s3-server.ts';
import { screenTo } from '../../../support/screen-context.ts';

const QUESTION =
  /2 files, 5 B, will be deleted in \S+\/source once proved in s3:\/\/test-bucket\/p\/: go on\? \[y\/N\] /;

async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { a: '12', 'b/c': '345' });
  const env = { ...serverEnvironment(server), backup_s3__prefix: 'p' };
  const move = (argv: readonly string[], input: CliInput = {}) =>
    runCli(workplace, ['--source', 'source', '--delete-after-upload', ...argv], {
      ...input,
      env: { ...env, ...input.env },
    });
  const left = () => Object.keys(workplace.tree()).length;
  return { server, workplace, env, move, left };
}

describe('the first move of a folder on a terminal', () => {
  for (const yes of ['y\n', 'Y\n', 'yes\n', ' YES \r\n'])
    it(`goes on after ${JSON.stringify(yes)}`, async (t) => {
      const { move, left } = await usePlace(t);
      const { code, stderr, stdout } = await move([], { stdin: yes, asks: true });
      assert.match(stderr, QUESTION);
      assert.deepEqual([code, left()], [0, 0]);
      assert.match(stdout, /^2 of 2 files verified/);
    });

  for (const no of ['n\n', '\n', 'yep\n', 'y', ''])
    it(`touches nothing after ${JSON.stringify(no)}`, async (t) => {
      const { server, move, left } = await usePlace(t);
      const { code, stderr, stdout } = await move([], { stdin: no, asks: true });
      assert.match(stderr, QUESTION);
      assert.doesNotMatch(stderr, /ERROR/);
      assert.equal(stdout, 'Not confirmed: no file was sent or deleted\n');
      assert.deepEqual([code, left(), server.requests.of('PutObject').length], [1, 2, 0]);
    });

  it('is the only one that asks', async (t) => {
    const { workplace, move, left } = await usePlace(t);
    await move([], { stdin: 'y\n', asks: true });
    workplace.write('source/later', 'x');
    const { code, stderr } = await move([], { stdin: '', asks: true });
    assert.deepEqual([code, left()], [0, 0]);
    assert.doesNotMatch(stderr, /go on\?/);
  });

  describe('with hooks, messages and metrics', { skip: process.platform === 'win32' }, () => {
    async function watched(t: TestContext) {
      const place = await usePlace(t);
      const receiver = await useReceiver(t);
      const hook = (name: string) =>
        JSON.stringify(['sh', '-c', `echo ${name} >> hooks`, place.workplace.cwd]);
      const env = {
        backup_notify__ping_url: `${receiver.url}/check`,
        backup_notify__webhooks: JSON.stringify([`${receiver.url}/hook`]),
        backup_notify__on: 'always',
        backup_report__metrics: 'job.prom',
        backup_hooks__before: hook('before'),
        backup_hooks__after: hook('after'),
        backup_hooks__on_failure: hook('on_failure'),
        backup_hooks__on_success: hook('on_success'),
      };
      const told = () => receiver.received.map(({ path }) => path.replace(/\?.*/, ''));
      const hooks = () => place.workplace.read('hooks').trim().split('\n');
      return { ...place, env, receiver, told, hooks };
    }

    it('is told to nobody after no: it has not begun', async (t) => {
      const { workplace, move, env, told, hooks } = await watched(t);
      workplace.write('job.prom', '# of the last run\n');
      const { code } = await move([], { stdin: 'n\n', asks: true, env });
      assert.deepEqual([code, told(), hooks()], [1, [], ['before', 'after']]);
      assert.equal(workplace.read('job.prom'), '# of the last run\n');
    });

    it('is told as every run after yes, its start when the answer is there', async (t) => {
      const { workplace, receiver, move, env, told, hooks } = await watched(t);
      let before = -1;
      const onStderr = (text: string) => {
        if (text.includes('go on?')) before = receiver.received.length;
      };
      const { code } = await move([], { stdin: 'y\n', asks: true, env, onStderr });
      assert.deepEqual([code, before], [0, 0]);
      assert.deepEqual(told().sort(), ['/check', '/check/start', '/hook']);
      assert.deepEqual(hooks(), ['before', 'after', 'on_success']);
      assert.match(workplace.read('job.prom'), /s3_backup_last_run_exit_code\{.*\} 0\n/);
      const sent = told().length;
      workplace.write('source/later', 'x');
      assert.equal((await move([], { stdin: '', asks: true, env })).code, 0);
      assert.deepEqual(told().slice(sent).sort(), ['/check', '/check/start', '/hook']);
    });

    it('is told as a failure if it could not even ask', async (t) => {
      const { move, env, told } = await watched(t);
      const { code } = await move(['--bucket', 'no-such-bucket'], { stdin: 'y\n', asks: true, env });
      assert.equal(code, 1);
      assert.deepEqual(told().sort(), ['/check/1', '/check/start', '/hook']);
    });
  });

  it('has the answer in its report', async (t) => {
    const { workplace, move } = await usePlace(t);
    await move(['--output-json', 'report.json'], { stdin: 'n\n', asks: true });
    const { exit_code, error, total_files } = JSON.parse(workplace.read('report.json'));
    assert.deepEqual([exit_code, error.code, total_files], [1, 'NOT_CONFIRMED', 0]);
  });

  it('ends with 130 after Ctrl-C at the question', async (t) => {
    const { move, left } = await usePlace(t);
    const stdin = new Readable({ read: () => undefined });
    let interrupt: () => void = () => undefined;
    const running = move([], {
      stdin,
      asks: true,
      onStart: (send) => {
        interrupt = () => send('SIGINT');
      },
      onStderr: (text) => {
        if (text.includes('go on?')) setImmediate(interrupt);
      },
    });
    const { code, stderr, exits } = await running;
    assert.match(
      stderr,
      /go on\? \[y\/N\] \ns3-backup: SIGINT: no file was sent or deleted; press Ctrl-C again/,
    );
    assert.deepEqual([code, exits, left()], [130, [], 2]);
  });
});

describe('a first move does not ask', () => {
  const silent: Readonly<Record<string, [readonly string[], CliInput]>> = {
    'with --yes': [['--yes'], { stdin: '', asks: true }],
    'with -y': [['-y'], { stdin: '', asks: true }],
    'with --quiet': [['--quiet'], { stdin: '', asks: true }],
    'if the setting says never': [[], { stdin: '', asks: true, env: { backup_safety__confirm: 'never' } }],
    'in the background': [[], { stdin: '', asks: true, isForeground: false }],
    'without a terminal, as in cron': [[], { stdin: '' }],
    'without a terminal, whatever the setting says': [[], { env: { backup_safety__confirm: 'always' } }],
  };
  for (const [when, [argv, input]] of Object.entries(silent))
    it(when, async (t) => {
      const { move, left } = await usePlace(t);
      const { code, stderr } = await move(argv, input);
      assert.doesNotMatch(stderr, /go on\?/);
      assert.deepEqual([code, left()], [0, 0]);
    });

  it('if stdin is its list', async (t) => {
    const { move, left } = await usePlace(t);
    const { code, stderr } = await move(['--files-from', '-'], { stdin: 'a\n', asks: true });
    assert.doesNotMatch(stderr, /go on\?/);
    assert.deepEqual([code, left()], [0, 1]);
  });

  it('nor does a dry run, or a copy', async (t) => {
    const { workplace, env, move, left } = await usePlace(t);
    const dry = await move(['--dry-run', '--interactive'], { stdin: '' });
    assert.deepEqual([dry.code, left()], [0, 2]);
    const copy = await runCli(workplace, ['--source', 'source', '--interactive'], {
      stdin: '',
      asks: true,
      env,
    });
    assert.deepEqual([copy.code, left()], [0, 2]);
    assert.doesNotMatch(dry.stderr + copy.stderr, /go on\?/);
  });
});

describe('--interactive', () => {
  it('asks before every move, also with --quiet and over a list in a file', async (t) => {
    const { workplace, move, left } = await usePlace(t);
    workplace.write('list', 'a\n');
    const one = await move(['--interactive', '--quiet', '--files-from', 'list'], {
      stdin: 'y\n',
      asks: true,
    });
    assert.deepEqual([one.code, left()], [0, 1]);
    const other = await move(['-i'], { stdin: 'n\n', asks: true });
    assert.match(other.stderr, /1 file, 3 B, will be deleted/);
    assert.deepEqual([other.code, left()], [1, 1]);
  });

  const refused: Readonly<Record<string, [readonly string[], CliInput, RegExp]>> = {
    'without a terminal': [
      [],
      {},
      /--interactive asks on the terminal, but stdin is not one\. \[BAD_OPTION\]/,
    ],
    'in the background': [
      [],
      { stdin: '', asks: true, isForeground: false },
      /but the program runs in the background\./,
    ],
    'if stdin is the list': [
      ['--files-from', '-'],
      { stdin: '', asks: true },
      /but stdin is the list of files\./,
    ],
    'with --yes': [
      ['--yes'],
      { stdin: '', asks: true },
      /--interactive asks and --yes does not; use one of them\./,
    ],
  };
  for (const [when, [argv, input, message]] of Object.entries(refused))
    it(`is refused ${when}, before anything is touched`, async (t) => {
      const { server, move, left } = await usePlace(t);
      const { code, stderr } = await move(['--interactive', ...argv], input);
      assert.match(stderr.replaceAll('\n  ', ' '), message);
      assert.deepEqual([code, left(), server.requests.length], [1, 2, 0]);
    });
});

it('no answer for long is a no', async (t) => {
  // The limit alone does not keep a process alive, and the terminal that does is missing here.
  const alive = setInterval(() => undefined, 1000);
  t.after(() => clearInterval(alive));
  const stdin = new Readable({ read: () => undefined });
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
  const ask = askOnTerminal({ stdin } as unknown as CliContext, screenTo(stderr), 1);
  const plan = { files: 1, bytes: 1, source: '/srv', bucket: 'b', prefix: '' };
  assert.equal(await ask({ ...plan, signal: new AbortController().signal }), false);
});
