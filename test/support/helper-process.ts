import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

/** Another process that does something to files when it is told to. It says `ready`, and `done` after every line. */
export class Helper {
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
  }

  /** Sends a line and waits until what it asks for is done. */
  async tell(line: string): Promise<void> {
    this.#child.stdin.write(`${line}\n`);
    await this.answered();
  }

  async answered(): Promise<void> {
    const over = new AbortController();
    const ended = once(this.#child, 'close', over).then(() => {
      throw new Error(`a helper ended: ${this.#child.spawnargs.join(' ')}`);
    });
    try {
      await Promise.race([once(this.#child.stdout, 'data', over), ended]);
    } finally {
      over.abort();
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/**
 * Starts a helper; it is ended after the test.
 *
 * @param uid The user it runs as, in this process's group. Default: this process's user.
 */
export async function useHelper(
  t: TestContext,
  command: readonly string[],
  { uid }: { readonly uid?: number } = {},
): Promise<Helper> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, uid === undefined ? {} : { uid });
  const helper = new Helper(child);
  t.after(() => helper.end());
  await helper.answered();
  return helper;
}

/** Keeps a file open for writing; every line is written at its end. */
export function useOpenWriter(t: TestContext, path: string): Promise<Helper> {
  const script = `
    const fs = require('node:fs');
    const fd = fs.openSync(process.argv[1], 'a');
    console.log('ready');
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      fs.writeSync(fd, line);
      console.log('done');
    });`;
  return useHelper(t, [process.execPath, '-e', script, path]);
}

export const hasPython = spawnSync('python3', ['--version']).status === 0;

/**
 * Maps a file writable and shared, and writes to its first page at once, so that what is written there later changes
 * neither mtime nor ctime: `write TEXT`. `close` takes the mapping away.
 */
export function useMapping(t: TestContext, path: string): Promise<Helper> {
  const script = `
import mmap, sys
f = open(sys.argv[1], 'r+b')
m = mmap.mmap(f.fileno(), 0)
f.close()
m[0:1] = m[0:1]
print('ready', flush=True)
for line in sys.stdin:
    word, _, text = line.strip().partition(' ')
    if word == 'write': m[0:len(text)] = text.encode()
    else: m.close()
    print('done', flush=True)
`;
  return useHelper(t, ['python3', '-c', script, path]);
}
