import assert from 'node:assert/strict';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { reportOfEvents } from '../../../../src/index.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { eventsOf, wholeEventsIn } from '../../../support/events.ts';
import { useS3Server } from '../../../support/s3-server.ts';

const TREE = { 'a.txt': 'a', 'sub/b.txt': 'bb', 'sub/c.txt': 'ccc', 'left.tmp': 'out' };
const MAKE = ['report', 'e.ndjson', '--output-json', 'made.json'];

async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, TREE);
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const run = (argv: readonly string[], input: CliInput = {}) =>
    runCli(workplace, argv, { ...input, env: { ...env, ...input.env } });
  const events = (file = 'e.ndjson') => wholeEventsIn(workplace.read(file));
  return { server, workplace, run, events };
}

describe('the events of a run', () => {
  it('make its report, byte by byte, with what failed and what was left out', async (t) => {
    const { server, workplace, run, events } = await usePlace(t);
    symlinkSync('a.txt', join(workplace.source, 'link'));
    server.faults.plan({
      operation: 'PutObject',
      key: 'sub/b.txt',
      times: 9,
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const argv = ['run', '--delete-after-upload', '--exclude', '*.tmp', '--manifest'];
    const { code } = await run([...argv, '--events', 'e.ndjson', '--output-json', 'r.json']);
    assert.equal(code, 2);
    const written = events();
    const report = JSON.parse(workplace.read('r.json'));
    const paths = (entries: readonly { path: string }[]) => entries.map(({ path }) => path);
    assert.deepEqual(paths(eventsOf(written, 'file')), paths(report.files));
    assert.equal(paths(report.files).length, 5);
    assert.deepEqual(reportOfEvents(written), report);
    const made = await run(MAKE);
    assert.deepEqual([made.code, made.stdout, made.stderr], [0, 'Written: made.json\n', '']);
    assert.equal(workplace.read('made.json'), workplace.read('r.json'));
    const [start] = eventsOf(written, 'start');
    assert.deepEqual(
      [start?.operation, start?.source, start?.target, start?.bucket, start?.prefix, start?.dry_run],
      ['backup', report.source, null, report.bucket, report.prefix, false],
    );
  });

  it('make its page, too, as a file and on stdout', async (t) => {
    const { workplace, run } = await usePlace(t);
    await run(['--events', 'e.ndjson', '--html', 'r.html']);
    const { stdout } = await run(['report', 'e.ndjson']);
    assert.equal(stdout, 'Written: e.html\n');
    assert.equal(workplace.read('e.html'), workplace.read('r.html'));
    const piped = await run(['report', '-'], { stdin: workplace.read('e.ndjson') });
    assert.equal(piped.stdout, workplace.read('r.html'));
    const json = await run(['report', '-', '--output-json', '-'], { stdin: workplace.read('e.ndjson') });
    assert.equal(JSON.parse(json.stdout).total_files, 4);
  });

  it('of a restore and of put make their reports', async (t) => {
    const { workplace, run, events } = await usePlace(t);
    const outputs = ['--events', 'e.ndjson', '--output-json', 'r.json'];
    for (const argv of [['put', 'db/a.sql'], ['run', '--dry-run'], ['run'], ['restore', '--to', 'back']]) {
      assert.equal((await run([...argv, ...outputs], { stdin: 'SELECT 1' })).code, 0);
      events();
      assert.equal((await run(MAKE)).code, 0);
      assert.equal(workplace.read('made.json'), workplace.read('r.json'), argv.join(' '));
    }
    assert.deepEqual(
      eventsOf(events(), 'start').map(({ operation, source, target }) => [operation, source, target]),
      [['restore', null, join(workplace.cwd, 'back')]],
    );
    assert.throws(() => reportOfEvents(events()), /they are the events of a restore/);
  });

  it('are all of stdout with -, also in a dry run', async (t) => {
    const { run } = await usePlace(t);
    for (const argv of [['--dry-run'], []]) {
      const { code, stdout } = await run([...argv, '--events', '-']);
      assert.equal(code, 0);
      assert.equal(eventsOf(wholeEventsIn(stdout), 'file').length, 4);
    }
  });

  it('are begun anew by each run, and left out of the backup', async (t) => {
    const { workplace, run, events } = await usePlace(t);
    for (let times = 0; times < 2; times += 1)
      assert.equal((await run(['--events', 'source/e.ndjson'])).code, 0);
    assert.deepEqual(
      eventsOf(events('source/e.ndjson'), 'file')
        .filter(({ code }) => code === 'EXCLUDED')
        .map(({ path }) => path),
      ['e.ndjson'],
    );
    assert.ok(workplace.tree()['e.ndjson']);
  });

  it('have a start and an end if the run could not begin', async (t) => {
    const { run, events } = await usePlace(t);
    const { code } = await run(['--bucket', 'not-there', '--events', 'e.ndjson']);
    assert.equal(code, 1);
    const [start, end, ...others] = events();
    assert.deepEqual(others, []);
    assert.equal(start?.event === 'start' && start.bucket, 'not-there');
    assert.deepEqual(end?.event === 'end' && [end.exit_code, end.error?.code], [1, 'BUCKET_NOT_FOUND']);
    assert.equal((await run(['--source', 'nowhere', '--events', 'e.ndjson'])).code, 1);
    const [end2] = eventsOf(events(), 'end');
    assert.equal(end2?.error?.code, 'SOURCE_NOT_FOUND');
  });

  it('of another run stay as they are if this one waits for it in vain', async (t) => {
    const { workplace, run, events } = await usePlace(t);
    const list = new PassThrough();
    const first = run(['--files-from', '-', '--events', 'e.ndjson'], { stdin: list });
    list.write('a.txt\n');
    // It has its lock when its first event is written, and keeps it as long as the list goes on.
    while (!workplace.names().includes('e.ndjson') || workplace.read('e.ndjson') === '')
      await new Promise((done) => setTimeout(done, 5));
    const second = await run(['--events', 'e.ndjson']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /\[LOCKED\]/);
    list.end('sub/b.txt\n');
    assert.equal((await first).code, 0);
    assert.equal(eventsOf(events(), 'file').length, 2);
    const piped = await run(['--events', '-', '--source', 'nowhere']);
    assert.equal(wholeEventsIn(piped.stdout).length, 2);
    assert.deepEqual(workplace.names(), ['e.ndjson', 'source']);
  });

  it('have progress each second, with how much there is to do', async (t) => {
    const { server, run, events } = await usePlace(t);
    server.faults.plan({ operation: 'PutObject', times: 1, do: { kind: 'delay', ms: 4_000 } });
    assert.equal((await run(['--events', 'e.ndjson', '--quiet'])).code, 0);
    const progress = eventsOf(events(), 'progress');
    const total = JSON.stringify({ files: 4, bytes: 9, complete: true });
    assert.ok(
      progress.some((each) => each.at_once === 1 && JSON.stringify(each.total) === total),
      JSON.stringify(progress),
    );
  });

  it('end with the exit code of the program if the report cannot be written', {
    skip: !existsSync('/dev/full'),
  }, async (t) => {
    const { run, events } = await usePlace(t);
    assert.equal((await run(['--events', 'e.ndjson', '--output-json', '/dev/full'])).code, 1);
    const [end] = eventsOf(events(), 'end');
    assert.deepEqual([end?.exit_code, end?.error?.code, end?.counts.kept], [1, 'REPORT_NOT_WRITABLE', 4]);
  });

  it('that cannot be written any more are said once, and do no harm', {
    skip: !existsSync('/dev/full'),
  }, async (t) => {
    const { server, run } = await usePlace(t);
    const { code, stderr } = await run(['--events', '/dev/full']);
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^s3-backup: events \(\/dev\/full\): ENOSPC[^\n]*; the others are lost, which does not affect the run\n$/,
    );
    assert.equal(server.requests.of('PutObject').length, 4);
  });

  it('contain no secret that the store has quoted', async (t) => {
    const { server, workplace, run } = await usePlace(t);
    const message = `bad key ${server.secretAccessKey}`;
    server.faults.plan({
      operation: 'PutObject',
      times: 99,
      do: { kind: 'error', status: 403, code: 'AccessDenied', message },
    });
    assert.equal((await run(['--events', 'e.ndjson'])).code, 2);
    assert.match(workplace.read('e.ndjson'), /bad key \*\*\*\*/);
    assert.ok(!workplace.read('e.ndjson').includes(server.secretAccessKey));
  });
});

describe('events and another output at the same place end before anything is touched', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['--events', '-', '--output-json', '-'],
      /report\.events \(--events\) and report\.output_json \(--output-json\) both write to stdout/,
    ],
    [
      ['--events', 'fd:1', '--output-json', '/dev/stdout'],
      /--events\) and .*--output-json\) both write to stdout/,
    ],
    [['--events', '-', '--md5sums', '/dev/stdout'], /--events\) and .*--md5sums\) both write to stdout/],
    [['--events', 'x', '--output-json', './x'], /--events\) and .*--output-json\) both write to \S+\/x\./],
    [['--events', 'x', '--log-file', 'x'], /--events\) and .*--log-file\) both write to/],
    [['--metrics', 'x.prom', '--html', 'x.prom'], /--metrics\) and .*--html\) both write to/],
    [['--metrics', 'x.prom', '--events', 'x.prom'], /--events\) and .*--metrics\) both write to/],
  ];
  for (const [argv, message] of cases)
    it(argv.join(' '), async (t) => {
      const { server, workplace, run } = await usePlace(t);
      const { code, stdout, stderr } = await run(argv);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, message);
      assert.match(stderr, /\[BAD_OPTION\]/);
      assert.deepEqual([...server.requests], []);
      assert.deepEqual(workplace.names(), ['source']);
    });
});

describe('a place for events that cannot be written to ends a run before anything is touched', () => {
  for (const [place, message] of [
    [
      'none/e.ndjson',
      /The events cannot be written: .*none\/e\.ndjson: ENOENT.*\n {2}.*its folder must exist/,
    ],
    ['source', /The events cannot be written: .*source: /],
    ['fd:987', /The events cannot be written: fd:987: .*\n {2}The program was not given this descriptor/],
  ] as const)
    it(place, async (t) => {
      const { server, run } = await usePlace(t);
      const { code, stderr } = await run(['--events', place]);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.deepEqual([...server.requests], []);
    });
});

describe('events that are read', () => {
  const bad: readonly (readonly [string, (lines: string[]) => string[], RegExp])[] = [
    [
      'without their end',
      (lines) => lines.slice(0, -1),
      /it breaks off after event \d+: the run was killed, or has not ended yet/,
    ],
    ['with a gap', (lines) => lines.toSpliced(2, 1), /event 3 is missing/],
    ['without their start', (lines) => lines.slice(1), /event 1 is missing/],
    ['with another run behind them', (lines) => [...lines, ...lines], /it goes on after the end of the run/],
    [
      'of a later version',
      (lines) => lines.map((line) => line.replace('"schema_version":1', '"schema_version":2')),
      /its schema_version is 2; this program reads version 1/,
    ],
    ['with a line of something else', (lines) => lines.toSpliced(2, 0, 'hello'), /line 3 is no event/],
    [
      'with a size that is none',
      (lines) => lines.map((line) => line.replace('"size":1,', '"size":-1,')),
      /file \d: its "size" is -1/,
    ],
  ];
  for (const [title, change, message] of bad)
    it(`${title} are refused, and leave an old page as it was`, async (t) => {
      const { workplace, run } = await usePlace(t);
      await run(['--events', 'e.ndjson']);
      const lines = workplace.read('e.ndjson').trimEnd().split('\n');
      writeFileSync(
        join(workplace.cwd, 'e.ndjson'),
        change(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
      workplace.write('e.html', 'old');
      const { code, stderr } = await run(['report', 'e.ndjson']);
      assert.equal(code, 1);
      assert.match(stderr, /^s3-backup: e\.ndjson cannot be used: .*\[REPORT_UNREADABLE\]\n/);
      assert.match(stderr, message);
      assert.equal(workplace.read('e.html'), 'old');
    });

  it('are asked for if a report is to become a report', async (t) => {
    const { workplace, run } = await usePlace(t);
    await run(['--output-json', 'r.json']);
    const { code, stderr } = await run(['report', 'r.json', '--output-json', 'made.json']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /--output-json makes a report of events, and this is a report already\. \[BAD_OPTION\]/,
    );
    assert.ok(!workplace.names().includes('made.json'));
  });

  it('are never replaced by what is made of them', async (t) => {
    const { workplace, run } = await usePlace(t);
    await run(['--events', 'e.ndjson']);
    const before = workplace.read('e.ndjson');
    for (const argv of [
      ['--output-json', 'e.ndjson'],
      ['--html', './e.ndjson'],
      ['--html', 'x', '--output-json', 'x'],
      ['--html', '-', '--output-json', '-'],
    ]) {
      const { code, stdout, stderr } = await run(['report', 'e.ndjson', ...argv]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /names the report itself|both write to/);
    }
    assert.equal(workplace.read('e.ndjson'), before);
  });
});
