import assert from 'node:assert/strict';
import { describe, it, type TestContext, test } from 'node:test';
import { VERSION } from '../../../src/core/version.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { useS3Server } from '../../support/s3-server.ts';

/** Beside `run`, whose help is that of the program. */
const COMMANDS = [
  'put',
  'restore',
  'cat',
  'status',
  'cleanup',
  'init',
  'demo',
  'ls',
  'verify',
  'runs',
  'diff',
  'report',
  'schedule',
  'plan',
  'finish',
  'completion',
];

/** A command line that cannot be understood, where everything else is ready for a move. */
async function misunderstood(t: TestContext, argv: readonly string[], expected: string): Promise<void> {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_backup__delete_after_upload: 'true',
  };
  const { code, stdout, stderr } = await runCli(workplace, argv, { env });
  const named = COMMANDS.find((command) => command === argv[0]);
  assert.equal(stderr, `s3-backup: ${expected}\nSee: s3-backup ${named ? `${named} ` : ''}--help\n`);
  assert.equal(stdout, '');
  assert.equal(code, 1);
  assert.deepEqual([...server.requests], []);
  assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
  assert.deepEqual(workplace.names(), ['source']);
}

const FOLDER_HINT = '(a source folder is given with --source)';

describe('a command line that cannot be understood is an error with a suggestion, and nothing is touched', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['statsu'], `unknown command "statsu"; did you mean "status"? ${FOLDER_HINT}`],
    [['data'], `unknown command "data" ${FOLDER_HINT}`],
    [['statsu', '--bucket', 'x'], `unknown command "statsu"; did you mean "status"? ${FOLDER_HINT}`],
    [['Status'], `unknown command "Status"; did you mean "status"? ${FOLDER_HINT}`],
    [['source'], `unknown command "source" ${FOLDER_HINT}`],
    [['./source'], `unknown command "./source" ${FOLDER_HINT}`],
    [['--bukket', 'x'], 'unknown option "--bukket"; did you mean "--bucket"?'],
    [['run', '--bukket', 'x'], 'unknown option "--bukket"; did you mean "--bucket"?'],
    [['--dryrun'], 'unknown option "--dryrun"; did you mean "--dry-run"?'],
    [
      ['--no-delete-after-uplaod'],
      'unknown option "--no-delete-after-uplaod"; did you mean "--no-delete-after-upload"?',
    ],
    [
      ['--delete-after-upload=false'],
      'option "--delete-after-upload" takes no value; its opposite is --no-delete-after-upload',
    ],
    [['--frobnicate'], 'unknown option "--frobnicate"'],
    [['-x'], 'unknown option "-x"'],
    [['-dv', '--bukket', 'x'], 'unknown option "--bukket"; did you mean "--bucket"?'],
    [['-dx'], 'unknown option "-dx"'],
    [['-bucket', 'x'], 'unknown option "-bucket"; did you mean "--bucket"?'],
    [['--bucket'], 'option "--bucket" needs a value'],
    [['-c'], 'option "-c" needs a value'],
    [
      ['--max-size', '-1'],
      'option "--max-size" needs a value before "-1"; if that is the value, write --max-size=-1',
    ],
    [
      ['ls', '--prefix', '-x'],
      'option "--prefix" needs a value before "-x"; if that is the value, write --prefix=-x',
    ],
    [['-c', '-n'], 'option "-c" needs a value before "-n"'],
    [['run', './source'], `unexpected word "./source" ${FOLDER_HINT}`],
    [['--dry-run', 'source'], `unexpected word "source" ${FOLDER_HINT}`],
    [['--bucket', 'x', 'source'], `unexpected word "source" ${FOLDER_HINT}`],
    [['--bucket', 'x', '--prefix=y', 'source'], `unexpected word "source" ${FOLDER_HINT}`],
    [['status', 'status'], `unexpected word "status" ${FOLDER_HINT}`],
    [['run', 'status'], `unexpected word "status" ${FOLDER_HINT}`],
    [
      ['status', '--dry-run'],
      'unknown option "--dry-run"; it is an option of s3-backup, s3-backup restore, s3-backup cleanup',
    ],
    [['init', '--forse'], 'unknown option "--forse"; did you mean "--force"?'],
    [['demo', 'a', 'b'], 'unexpected word "b"'],
    [['cleanup', 'a'], 'unexpected word "a"'],
    [['init', 'a', 'b'], 'unexpected word "b"'],
    [['--', 'source'], `unexpected word "source" ${FOLDER_HINT}`],
    [['--dry-run=yes'], 'option "--dry-run" takes no value; its opposite is --no-dry-run'],
    [['-d=yes'], 'option "-d" takes no value'],
    [['x'.repeat(100_000)], `unknown command "${'x'.repeat(60)}..." ${FOLDER_HINT}`],
    [[`--${'x'.repeat(100_000)}`], `unknown option "--${'x'.repeat(58)}..."`],
    [['run', 'x'.repeat(100_000)], `unexpected word "${'x'.repeat(60)}..." ${FOLDER_HINT}`],
    [['\u001b[31mred\n'], `unknown command " [31mred " ${FOLDER_HINT}`],
  ];
  for (const [argv, expected] of cases) {
    it(
      argv
        .join(' ')
        .slice(0, 80)
        .replace(/[^ -~]/g, '?'),
      (t) => misunderstood(t, argv, expected),
    );
  }
});

test('an error is broken between words on a terminal, and stays one line elsewhere', async (t) => {
  const [argv, workplace] = [['--delete-after-uplod', 'x'], useWorkplace(t)];
  const { stderr: line } = await runCli(workplace, argv);
  const { stderr } = await runCli(workplace, argv, { asks: true, columns: 50 });
  assert.ok(line.split('\n').some((each) => each.length > 50));
  assert.ok(stderr.split('\n').every((each) => each.length <= 50));
  assert.equal(stderr.replaceAll('\n  ', ' '), line);
});

describe('--help', () => {
  it('shows commands, every option, the exit codes and examples', async (t) => {
    const { code, stdout, stderr } = await runCli(useWorkplace(t), ['--help']);
    assert.deepEqual([code, stderr], [0, '']);
    for (const command of ['run', 'status', 'init [FILE]', 'demo [DIR]']) {
      assert.ok(stdout.includes(`\n  ${command} `), command);
    }
    const options = [
      '-c, --config FILE',
      '-d, --dry-run',
      '-v, --verbose',
      '-q, --quiet',
      '-s, --status',
      '-0, --null',
      '--create-config',
      '--output-json FILE',
      '--source DIR',
      '--bucket NAME',
      '--prefix ',
      '--endpoint-url URL',
      '--region ',
      '--profile NAME',
      '--delete-after-upload',
      '--include GLOB',
      '--exclude GLOB',
      '--min-age DURATION',
      '--concurrency N',
      '--files-from FILE',
      '--log-file FILE',
      '--log-level LEVEL',
      '--stats DURATION',
    ];
    for (const option of options) assert.ok(stdout.includes(option), option);
    assert.match(
      stdout,
      /Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}75 .*try again.*\n {2}130 .*SIGINT.*\n {2}143 .*SIGTERM/,
    );
    assert.match(stdout, /Examples:\n {2}s3-backup demo/);
  });

  it('distinguishes rules that include files from rules that exclude them', async (t) => {
    for (const argv of [['--help'], ['verify', '--help']]) {
      const { stdout } = await runCli(useWorkplace(t), argv);
      assert.match(stdout, / --include-from FILE +only files that the rules in FILE match/);
      assert.match(stdout, / --exclude-from FILE +no files that the rules in FILE match/);
    }
  });

  it('lists -h, --help and --version for every command', async (t) => {
    const workplace = useWorkplace(t);
    for (const command of ['run', ...COMMANDS]) {
      const { stdout } = await runCli(workplace, [command, '--help']);
      assert.match(stdout, /\n {2}-h, --help +print this help\n {6}--version +print the version\n/, command);
    }
  });

  it('of a run and a restore groups the options by what they are about', async (t) => {
    const workplace = useWorkplace(t);
    const groups = ['Bucket', 'Files', 'Safety', 'Transfer', 'Report and log', 'General'];
    const headings = (text: string) => [...text.matchAll(/^(\w[\w ]*):\n/gm)].map(([, title]) => title);
    const whole = await runCli(workplace, ['--help']);
    assert.deepEqual(headings(whole.stdout), [
      'Commands',
      'Options of run',
      ...groups,
      'Exit codes',
      'Examples',
    ]);
    const { stdout } = await runCli(workplace, ['restore', '--help']);
    assert.deepEqual(headings(stdout), ['Options', ...groups]);
  });

  for (const [columns, widest] of [
    [undefined, 80],
    [40, 40],
    [80, 80],
    [120, 120],
    [200, 120],
  ] as const) {
    const width = columns === undefined ? 'no terminal' : `a terminal of ${columns} columns`;
    it(`fits into ${width} for every command, and has no heading without an option`, async (t) => {
      const workplace = useWorkplace(t);
      for (const command of ['run', ...COMMANDS]) {
        const { stdout } = await runCli(workplace, [command, '--help'], {
          terminal: columns !== undefined,
          columns,
        });
        // Words are never broken, so the narrowest may have one that is longer.
        const long = stdout.split('\n').filter((line) => line.length > widest && line.trim().includes(' '));
        assert.deepEqual(long, [], command);
        assert.doesNotMatch(stdout, /^\w[\w ]*:\n(?! )/m, command);
        if (widest > 80) assert.ok(stdout.split('\n').some((line) => line.length > 80) || command !== 'run');
      }
    });
  }

  it('wraps a long text below its own beginning', async (t) => {
    const { stdout } = await runCli(useWorkplace(t), ['ls', '--help']);
    const folded = await runCli(useWorkplace(t), ['verify', '--help']);
    assert.match(stdout, /\n {6}--region VALUE {6}region of the bucket\n/);
    assert.match(folded.stdout, /\n {6}--against WHAT +what to .*\n {26,}\S/);
  });

  it('is the same for -h, help and run --help', async (t) => {
    const workplace = useWorkplace(t);
    const [expected, ...others] = await Promise.all(
      [['--help'], ['-h'], ['help'], ['run', '--help']].map((argv) => runCli(workplace, argv)),
    );
    for (const other of others) assert.deepEqual(other, expected);
  });

  for (const [command, option] of [
    ['status', '--no-write-probe'],
    ['init', '--force'],
    ['demo', 'DIR'],
  ] as const) {
    it(`of ${command} is about ${command} alone`, async (t) => {
      const { code, stdout } = await runCli(useWorkplace(t), [command, '--help']);
      assert.equal(code, 0);
      assert.ok(stdout.includes(option), stdout);
      assert.ok(!stdout.includes('--dry-run'));
    });
  }

  it('of a command is also shown by --help COMMAND and help COMMAND', async (t) => {
    const workplace = useWorkplace(t);
    const [expected, ...others] = await Promise.all(
      [
        ['status', '--help'],
        ['--help', 'status'],
        ['help', 'status'],
      ].map((argv) => runCli(workplace, argv)),
    );
    for (const other of others) assert.deepEqual(other, expected);
  });

  it('of a command is not mistaken for a word that is a value', async (t) => {
    const { stdout } = await runCli(useWorkplace(t), ['--prefix', 'demo', '--help']);
    assert.match(stdout, /Options of run:/);
  });
});

it('--version prints the version alone', async (t) => {
  const { code, stdout, stderr } = await runCli(useWorkplace(t), ['--version']);
  assert.deepEqual([code, stdout, stderr], [0, `${VERSION}\n`, '']);
  assert.match(VERSION, /^\d+\.\d+\.\d+/);
});

it('-v is verbose and not the version', async (t) => {
  const { code, stdout } = await runCli(useWorkplace(t), ['-v']);
  assert.equal(code, 1);
  assert.ok(!stdout.includes(VERSION));
});
