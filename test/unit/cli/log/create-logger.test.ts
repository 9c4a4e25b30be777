import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createLogger } from '../../../../src/cli/log/create-logger.ts';
import { painted } from '../../../../src/cli/output/colours.ts';
import type { Logger } from '../../../../src/core/logger.ts';
import { bareEnvironment, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';
import { screenTo } from '../../../support/screen-context.ts';
import { NODE_FLAGS, sourceUrl } from '../../../support/sources.ts';

const CYAN = '\u001b[36m';

type Line = Readonly<Record<string, unknown>>;

/** What ends up on stderr and in the file when something is logged. */
function logged(
  t: TestContext,
  log: (logger: Logger) => void,
  { secrets = [], level = 'debug' }: { secrets?: readonly string[]; level?: 'debug' | 'warn' } = {},
): { stderr: string; text: string; lines: Line[] } {
  const { cwd } = useWorkplace(t);
  const path = join(cwd, 'backup.log');
  let stderr = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      stderr += String(chunk);
      done();
    },
  });
  const screen = screenTo(output);
  const file = { path, maxBytes: 1e6, backups: 1 };
  const { logger, close } = createLogger({ screen, consoleLevel: level, fileLevel: level, file, secrets });
  log(logger);
  close();
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n').slice(0, -1);
  return { stderr, text, lines: lines.map((line) => JSON.parse(line) as Line) };
}

describe('the log', () => {
  it('writes JSON lines with timestamp, level, operation and path to the file, and readable lines to stderr', (t) => {
    const { stderr, lines } = logged(t, (logger) => {
      logger.info({ operation: 'upload', path: 'a/b.txt' }, 'file proved');
      logger.error(
        {
          operation: 'upload',
          path: 'c.txt',
          key: 'p/c.txt',
          code: 'UPLOAD_FAILED',
          reason: 'Denied',
          attempts: 1,
        },
        'file failed',
      );
      logger.error(
        { operation: 'end', code: 'ENDPOINT_LOST', reason: 'it is away', hint: 'Wait.' },
        'run failed',
      );
    });
    assert.match(String(lines[0]?.timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { timestamp: _, ...first } = lines[0] ?? {};
    assert.deepEqual(first, { level: 'info', operation: 'upload', path: 'a/b.txt', msg: 'file proved' });
    assert.equal(lines[1]?.level, 'error');
    assert.equal(lines.length, 3);
    assert.deepEqual(stderr.replaceAll(/^\[\d\d:\d\d:\d\d\]/gm, 'at').split('\n'), [
      'at INFO: file proved: a/b.txt',
      'at ERROR: file failed: c.txt: Denied [UPLOAD_FAILED] {"attempts":1}',
      'at ERROR: run failed: it is away [ENDPOINT_LOST] - Wait.',
      '',
    ]);
  });

  it('breaks lines between words on a terminal, and colours no text', async (t) => {
    const env = serverEnvironment(await useS3Server(t));
    const { stderr } = await runCli(useWorkplace(t), ['cat', 'no-such-key'], {
      env,
      asks: true,
      columns: 50,
    });
    const plain = stripVTControlCharacters(stderr);
    assert.match(plain, /cat failed: /);
    for (const line of plain.split('\n')) assert.ok(line.length <= 50, line);
    assert.ok(stderr.includes(painted('bad', 'ERROR')), stderr);
    // It cannot be read on a light background.
    assert.ok(!stderr.includes(CYAN), stderr);
  });

  it('leaves out lines below its level', (t) => {
    const log = (logger: Logger) => {
      logger.info({ operation: 'start' }, 'not this');
      logger.warn({ operation: 'scan' }, 'but this');
    };
    const { stderr, lines } = logged(t, log, { level: 'warn' });
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['but this'],
    );
    assert.match(stderr, /^\[[^\n]*but this[^\n]*\n$/);
  });

  const evil: Readonly<Record<string, string>> = {
    'a newline': 'a\n[12:00:00] ERROR: forged',
    'a carriage return': 'a\rforged',
    'an escape sequence': '\u001b[2J\u001b[31mred',
    'the one-character escape (C1)': '\u009b2Jgone',
    'a delete character': 'a\u007fb',
    'a line separator': 'a\u2028b',
    'a right-to-left override': 'a\u202etxt.exe',
    'a tag character outside the BMP': 'a\u{e0041}b',
    'an end of JSON': '"}\n{"level":"info","msg":"forged"}',
  };
  for (const [what, path] of Object.entries(evil)) {
    it(`cannot be forged by a file name with ${what}, and still shows the name`, (t) => {
      const { stderr, text, lines } = logged(t, (logger) =>
        logger.error({ operation: 'upload', path }, 'file failed'),
      );
      assert.equal(lines.length, 1);
      assert.equal(lines[0]?.path, path);
      for (const output of [stderr, text]) {
        assert.equal(output.indexOf('\n'), output.length - 1, output);
        assert.doesNotMatch(output.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }
    });
  }

  it('never contains a secret, whichever message quotes it in whatever spelling', (t) => {
    const secrets = ['wJalrXUtnFEMI/K7MDENG+bPxRfiCY', 'with"quote\\and'];
    const { stderr, text } = logged(
      t,
      (logger) => {
        for (const secret of secrets) {
          logger.error(
            { operation: 'upload', path: 'a', reason: `the server says ${secret}!` },
            'file failed',
          );
          logger.error({ operation: 'upload', deep: { er: [secret] } }, `quoted: ${secret}`);
        }
      },
      { secrets },
    );
    for (const output of [stderr, text]) {
      assert.equal(output.split('\n').length, 5);
      assert.match(output, /the server says \*{4}!/);
      for (const secret of ['wJalrXUtn', 'with"quote', 'with\\"quote'])
        assert.ok(!output.includes(secret), output);
    }
  });
});

describe('no line of the log is lost', { concurrency: true }, () => {
  const endings: Readonly<Record<string, string>> = {
    'a SIGKILL': "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);",
    'process.exit': 'process.exit(3);',
    'an exception': "throw new Error('crash');",
  };
  for (const [what, end] of Object.entries(endings)) {
    it(`after ${what}`, (t) => {
      const { cwd, write, home } = useWorkplace(t);
      const script = write(
        'script.mjs',
        `import { createLogger } from '${sourceUrl('cli/log/create-logger.ts')}';
         import { Screen } from '${sourceUrl('cli/output/screen.ts')}';
         const { logger } = createLogger({
           screen: new Screen({ stderr: process.stderr, env: {} }), consoleLevel: 'fatal', fileLevel: 'info', secrets: [],
           file: { path: 'backup.log', maxBytes: 20_000, backups: 100 },
         });
         for (let n = 0; n < 2000; n += 1) logger.info({ operation: 'upload', path: String(n) }, 'file proved');
         ${end}`,
      );
      const { status, signal, stderr } = spawnSync(process.execPath, [...NODE_FLAGS, script], {
        cwd,
        env: bareEnvironment(home),
      });
      assert.notEqual(status, 0);
      assert.equal(signal, what === 'a SIGKILL' ? 'SIGKILL' : null, String(stderr));
      const names = ['backup.log', ...Array.from({ length: 100 }, (_, n) => `backup.log.${n + 1}`)].reverse();
      const text = names.map((name) => read(join(cwd, name))).join('');
      const paths = text
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as Line).path);
      assert.deepEqual(
        paths,
        Array.from({ length: 2000 }, (_, n) => String(n)),
      );
    });
  }

  function read(file: string): string {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  }
});
