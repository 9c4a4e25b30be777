import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { CliContext } from '../context.ts';

const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/**
 * Opens the input that a flag names, to be read from its beginning to its end: a file, a pipe (`<(…)`), or `-` for stdin.
 * Waiting for a pipe blocks no thread: signals are handled meanwhile, and the program can end before the writer does.
 *
 * @throws Error of the system, or one that says what is wrong
 */
export function openInput({ stdin, cwd }: CliContext, name: string): Readable {
  if (name === '-') {
    if (isFolder(stdin)) throw new Error('stdin is a folder');
    return stdin;
  }
  const path = resolve(cwd, name);
  const fd = givenDescriptor(path) ?? openSync(path, O_RDONLY | O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.isDirectory()) throw new Error('it is a folder');
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd, readable: true, writable: false });
  return createReadStream(path, { fd });
}

/**
 * The number of a descriptor that this process was given; undefined for any other path. A pipe whose writer has already ended
 * would never end if it were opened again.
 */
function givenDescriptor(path: string): number | undefined {
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

function isFolder(stdin: Readable): boolean {
  const { fd } = stdin as { fd?: unknown };
  return typeof fd === 'number' && fstatSync(fd).isDirectory();
}
