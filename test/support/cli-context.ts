import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import type { CliContext, HandledSignal } from '../../src/cli/context.ts';
import { main } from '../../src/cli/main.ts';
import type { S3Server } from '../../src/s3-server/index.ts';
import { TEST_BUCKET } from './s3-server.ts';

// As bin/ does: the SDK, loaded later, would print its advice about Node.js versions.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Folders of one test's own; removed after it. */
export interface Workplace {
  readonly root: string;
  /** The current folder. */
  readonly cwd: string;
  readonly home: string;
  /** The folder to back up: `source` in the current folder. */
  readonly source: string;
  /** Writes a file below the current folder, mode 0600 unless said otherwise. Returns its path. */
  write(path: string, content: string | Buffer, mode?: number): string;
  read(path: string): string;
  /** Every file of the source folder with its content. */
  tree(): Record<string, string>;
  /** The names in the current folder, hidden ones too. */
  names(): string[];
}

export function useWorkplace(
  t: TestContext,
  files: Readonly<Record<string, string | Buffer>> = {},
  parent = tmpdir(),
): Workplace {
  const root = mkdtempSync(join(realpathSync(parent), 's3-backup-cli-test-'));
  // Tests of other users' programs have to get in.
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const cwd = join(root, 'cwd');
  const [home, source] = [join(root, 'home'), join(cwd, 'source')];
  for (const folder of [cwd, home, source]) mkdirSync(folder, { mode: 0o755 });
  const workplace: Workplace = {
    root,
    cwd,
    home,
    source,
    write(path, content, mode = 0o600) {
      const file = join(cwd, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      writeFileSync(file, content);
      chmodSync(file, mode);
      return file;
    },
    read: (path) => readFileSync(join(cwd, path), 'utf8'),
    tree: () => treeOf(source),
    names: () => readdirSync(cwd).sort(),
  };
  for (const [path, content] of Object.entries(files)) workplace.write(`source/${path}`, content);
  return workplace;
}

/** Every file below a folder with its content. */
export function treeOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  return Object.fromEntries(
    entries
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1), readFileSync(path, 'latin1')];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Nothing of the real environment but what a program needs to start. */
export function bareEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, AWS_EC2_METADATA_DISABLED: 'true' };
}

/** The variables that send a run to a test's server. */
export function serverEnvironment(server: S3Server): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    S3_BUCKET_NAME: TEST_BUCKET,
  };
}

/** What started the program. */
export const program = { node: process.execPath, entry: resolve('bin/s3-backup.js') };

export interface CliInput {
  /** Default: this Node.js, and the program of this folder. */
  readonly program?: CliContext['program'];
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string | Buffer | Readable;
  /** Whether stdout is a terminal. */
  readonly terminal?: boolean;
  /** Width of that terminal. Default: unknown. */
  readonly columns?: number | undefined;
  /** Whether stdin and stderr are a terminal, so that questions can be asked. Default false. */
  readonly asks?: boolean;
  /** Width of the terminal that stderr is. Default: stderr is no terminal. */
  readonly stderrColumns?: number | undefined;
  /** Given the means to send a signal, and to ask what the program does, before the command starts. */
  readonly onStart?: (signal: (name: HandledSignal) => void, ask: () => void) => void;
  /** Told of each text for stdout. What it throws is thrown at whoever writes. */
  readonly onStdout?: (text: string) => void;
  /** Told of each text for stderr. */
  readonly onStderr?: (text: string) => void;
  /** Whether its terminal is gone. Default false. */
  readonly isHungUp?: boolean;
  /** Whether it runs in the foreground of its terminal. Default true. */
  readonly isForeground?: boolean;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The codes with which the process would have ended at once. */
  readonly exits: readonly number[];
}

/** Runs the program in this process, with streams in memory. */
export async function runCli(
  workplace: Workplace,
  argv: readonly string[],
  input: CliInput = {},
): Promise<CliResult> {
  const [stdout, stderr] = [new Collector(input.onStdout), new Collector(input.onStderr)];
  Object.assign(stdout, { isTTY: input.terminal ?? false, columns: input.columns });
  const { stderrColumns } = input;
  Object.assign(stderr, { isTTY: stderrColumns !== undefined, columns: stderrColumns });
  const exits: number[] = [];
  const handlers: ((signal: HandledSignal) => void)[] = [];
  const answers: (() => void)[] = [];
  const { stdin: given = '', isHungUp = false, isForeground = true, asks = false } = input;
  const stdin = given instanceof Readable ? given : Readable.from([Buffer.from(given)]);
  if (asks)
    for (const stream of [stdin, stderr]) Object.assign(stream, { isTTY: true, columns: input.columns });
  const context: CliContext = {
    env: { ...bareEnvironment(workplace.home), ...input.env },
    cwd: workplace.cwd,
    program: input.program ?? program,
    stdin,
    stdout,
    stderr,
    colorDepth: 1,
    exit: (code) => exits.push(code),
    isHungUp: () => isHungUp,
    isForeground: () => isForeground,
    onSuspend: () => () => undefined,
    useProfile: () => undefined,
    atExit: () => () => undefined,
    onInfoRequest: (handler) => {
      answers.push(handler);
      return () => answers.splice(answers.indexOf(handler), 1);
    },
    onSignal: (handler) => {
      handlers.push(handler);
      return () => handlers.splice(handlers.indexOf(handler), 1);
    },
  };
  input.onStart?.(
    (name) => handlers.at(-1)?.(name),
    () => answers.at(-1)?.(),
  );
  const code = await main(argv, context);
  return { code, stdout: stdout.text, stderr: stderr.text, exits };
}

class Collector extends Writable {
  text = '';

  constructor(onText: (text: string) => void = () => undefined) {
    super();
    const write = this.write.bind(this);
    this.write = (chunk: Buffer | string, ...rest: never[]) => {
      onText(String(chunk));
      return write(chunk, ...rest);
    };
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
