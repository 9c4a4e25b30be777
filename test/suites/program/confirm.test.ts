import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { atTerminal, KEYS, LACKS_TERMINAL } from '../../support/at-terminal.ts';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { screenAfter } from '../../support/terminal.ts';

const program = useProgram();
const QUESTION = /go on\? \[y\/N\] /;

async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'b.txt': 'bb' });
  const move = [process.execPath, program.bin, '--source', 'source', '--delete-after-upload'].join(' ');
  /** Runs a line of the shell at a terminal, and types as soon as the question is there. */
  const run = async (line: string, typed?: string) => {
    const env = serverEnvironment(server);
    const { seen, type, ended, output } = atTerminal(t, ['bash', '-c', line], {
      workplace,
      env,
      columns: 200,
    });
    if (typed !== undefined) {
      await seen(QUESTION);
      type(typed);
    }
    const code = await ended;
    const lines = screenAfter(output()).filter((shown) => shown !== '');
    return { code, raw: output(), screen: lines.join('\n'), asks: QUESTION.test(output()) };
  };
  const left = () => Object.keys(workplace.tree()).length;
  return { server, workplace, move, run, left };
}

describe('a move at a terminal', { concurrency: true, timeout: 120_000, skip: LACKS_TERMINAL }, () => {
  it('asks before the first one, with what it would delete, and goes on after y', async (t) => {
    const { workplace, move, run, left } = await usePlace(t);
    const { code, raw, screen } = await run(move, `y${KEYS.enter}`);
    assert.equal(code, 0, raw);
    const question = `2 files, 3 B, will be deleted in ${workplace.source} once proved in s3://test-bucket/: go on? [y/N] y`;
    assert.deepEqual(screen.split('\n').slice(0, 1), [question]);
    assert.match(screen, /^2 of 2 files verified/m);
    assert.equal(left(), 0);

    workplace.write('source/later', 'x');
    const second = await run(move);
    assert.deepEqual([second.code, second.asks, left()], [0, false, 0], second.raw);
  });

  for (const [name, typed] of Object.entries({ n: `n${KEYS.enter}`, Enter: KEYS.enter, 'Ctrl-D': KEYS.end }))
    it(`touches nothing after ${name}, and ends with 1`, async (t) => {
      const { server, move, run, left } = await usePlace(t);
      const { code, raw, screen } = await run(move, typed);
      assert.match(screen, /^Not confirmed: no file was sent or deleted$/m);
      assert.deepEqual([code, left(), server.requests.of('PutObject').length], [1, 2, 0], raw);
    });

  it('ends with 130 after Ctrl-C, says so on a line of its own, and shows the cursor', async (t) => {
    const { server, move, run, left } = await usePlace(t);
    const { code, raw, screen } = await run(move, KEYS.interrupt);
    assert.match(screen, /^s3-backup: SIGINT: no file was sent or deleted;/m);
    assert.ok(raw.lastIndexOf('\u001b[?25h') >= raw.lastIndexOf('\u001b[?25l'));
    assert.deepEqual([code, left(), server.requests.of('PutObject').length], [130, 2, 0], raw);
  });

  it('asks again when it continues after Ctrl-Z', async (t) => {
    const { server, workplace, move, left } = await usePlace(t);
    const line = `set -m; ${move}; echo left:$?; fg; echo ended:$?`;
    const env = serverEnvironment(server);
    const terminal = atTerminal(t, ['bash', '-c', line], { workplace, env, columns: 200 });
    await terminal.seen(QUESTION);
    terminal.type(KEYS.suspend);
    await terminal.seen(new RegExp(`left:148.*${QUESTION.source}`, 's'));
    terminal.type(`y${KEYS.enter}`);
    await terminal.seen(/2 of 2 files verified.*ended:0/s);
    assert.equal(left(), 0);
  });

  for (const [how, line] of Object.entries({
    'with --yes': (move: string) => `${move} --yes`,
    'with --quiet': (move: string) => `${move} --quiet`,
    'if stdin is no terminal': (move: string) => `${move} < /dev/null`,
    'if stderr is none': (move: string) => `${move} 2> errors`,
    // Reading from the terminal would stop it there.
    'in the background': (move: string) => `set -m; ${move} & wait $!`,
  }))
    it(`does not ask ${how}`, async (t) => {
      const { move, run, left } = await usePlace(t);
      const { code, raw, asks } = await run(line(move));
      assert.deepEqual([code, asks, left()], [0, false, 0], raw);
    });
});
