import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { CliContext } from '../context.ts';

const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/**
 * Opens what a flag names to be read from its beginning to its end: a file, a pipe (`<(…)`), or `-` for stdin. A pipe is
 * waited for without a thread that blocks: signals are heeded meanwhile, and the program can end before its writer does.
 *
 * @throws Error, the system's or one that says what is wrong
 */
export function openInput({ stdin, cwd }: CliContext, name: string): Readable {
  if (name === '-') {
    if (isFolder(stdin)) throw new Error('stdin is a folder');
    return stdin;
  }
  const path = resolve(cwd, name);
  const fd = given(path) ?? openSync(path, O_RDONLY | O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.isDirectory()) throw new Error('it is a folder');
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd, readable: true, writable: false });
  return createReadStream(path, { fd });
}

/** Opened anew, a pipe whose writer has ended already would never end. */
function given(path: string): number | undefined {
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

function isFolder(stdin: Readable): boolean {
  const { fd } = stdin as { fd?: unknown };
  return typeof fd === 'number' && fstatSync(fd).isDirectory();
}
