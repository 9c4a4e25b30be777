import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { useS3Server } from '../../support/s3-server.ts';

const COMMANDS = ['run', 'restore', 'status', 'cleanup', 'init', 'demo', 'ls', 'verify', 'runs'];

/** `-c, --config FILE  text`, at the beginning of a line of the help. */
const OPTION_WITH_VALUE = /^ {2}(?:(-\w), | {4})(--[\w-]+) [A-Z]+ {2,}(.*(?:\n {9,}.*)*)$/gm;

describe('an option with a value that was given twice is refused before anything is touched', () => {
  it('every option of every command, except those that the help calls repeatable', async (t) => {
    const workplace = useWorkplace(t);
    let refused = 0;
    for (const command of COMMANDS) {
      const { stdout } = await runCli(workplace, [command, '--help']);
      for (const [, short, long = '', about = ''] of stdout.matchAll(OPTION_WITH_VALUE)) {
        if (/repeatable/.test(about)) continue;
        for (const words of [
          [long, 'a', long, 'b'],
          [`${long}=a`, `${long}=a`],
          ...(short === undefined ? [] : [[short, 'a', long, 'b']]),
        ]) {
          const { code, stderr } = await runCli(workplace, [command, ...words]);
          assert.equal(code, 1);
          assert.equal(
            stderr.split('\n')[0],
            `s3-backup: option "${long}" was given more than once; it takes one value`,
            `${command} ${words.join(' ')}`,
          );
          refused += 1;
        }
      }
    }
    assert.ok(refused > 100, `${refused} tries`);
  });

  it('also without a command: no folder is dropped, and nothing is sent', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const argv = [
      '--endpoint-url',
      server.endpoint,
      '--endpoint-url',
      'http://127.0.0.1:1',
      '--source',
      'source',
    ];
    const { code, stderr } = await runCli(workplace, argv, { env: serverEnvironment(server) });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: option "--endpoint-url" was given more than once; it takes one value\nSee: s3-backup --help\n$/,
    );
    assert.deepEqual([...server.requests], []);
  });

  it('but patterns repeat', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
    const argv = ['--source', 'source', '--exclude', 'a.txt', '--exclude', 'b.txt', '--output-json', '-'];
    const { code, stdout, stderr } = await runCli(workplace, argv, { env: serverEnvironment(server) });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).counts.skipped, 2);
  });
});

describe('a switch', () => {
  it('that is given with its opposite is refused, in either order', async (t) => {
    const workplace = useWorkplace(t);
    for (const words of [
      ['--delete-after-upload', '--no-delete-after-upload'],
      ['--no-delete-after-upload', '--delete-after-upload'],
    ]) {
      const { code, stderr } = await runCli(workplace, words);
      assert.equal(code, 1);
      assert.equal(
        stderr,
        's3-backup: option "--delete-after-upload" and its opposite were both given; keep one of them\nSee: s3-backup --help\n',
      );
    }
    const short = await runCli(workplace, ['-d', '--no-dry-run']);
    assert.match(short.stderr, /^s3-backup: option "--dry-run" and its opposite were both given/);
  });

  it('that is given twice is accepted', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const argv = ['--source', 'source', '-v', '-v', '-vd', '--dry-run'];
    const { code, stderr } = await runCli(workplace, argv, { env: serverEnvironment(server) });
    assert.equal(code, 0, stderr);
  });
});
