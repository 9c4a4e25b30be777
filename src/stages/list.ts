import { isUtf8 } from 'node:buffer';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import { BackupError, messageOf } from '../core/errors.ts';
import { bytes, type OptionSchemas } from '../core/option-schemas.ts';
import { slashed } from '../core/paths.ts';
import { requireOptions } from '../core/require-options.ts';
import { untilAborted } from '../core/until-aborted.ts';
import { type Flow, type Found, type Item, pass, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { splitRecords } from '../flow/split-records.ts';
import { lookAt } from '../source/look.ts';
import { absolutePath, type SourceRoot, sourceRoot } from '../source/root.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import * as schemas from './option-schemas.ts';

export interface ListOptions {
  /** The folder that all paths must lie in, or its resolved root. */
  readonly source: string | SourceRoot;
  /** Bytes of the list: `process.stdin` or the stream of a file, for example. */
  readonly input: AsyncIterable<Uint8Array | string>;
  /** The separator that ends a record. Default `newline`. */
  readonly separator?: 'newline' | 'nul' | undefined;
  /** `store` takes a link as itself. Default `skip`; a list follows no link. */
  readonly links?: 'skip' | 'follow' | 'store' | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const LIST_SCHEMA: OptionSchemas<ListOptions> = {
  source: schemas.source,
  input: bytes,
  separator: schemas.separator,
  links: schemas.links,
  control: schemas.control,
};

/** Limit of a record, in bytes; PATH_MAX on Linux is 4,096. */
const MAX_RECORD_BYTES = 16 * 1024;

/**
 * Stage 1, instead of scan: takes the files that a list names, each relative to the source or absolute inside it.
 *
 * - Out: every record as one item. A file that lies outside the source, is missing, or is no regular file is settled.
 * - An empty list yields nothing. Empty records are ignored, and a file that is listed again is skipped.
 * - A list that cannot be read to its end ends the run.
 * - A last record without its NUL is not trusted: its producer may have died in the middle of a name.
 * - Memory: 8 bytes per file, to recognise repeated ones.
 *
 * @throws BackupError if the source is missing, not a folder, or unreadable
 */
export function list(options: ListOptions): TypedReadable<Flow<Found>> {
  requireOptions('list', LIST_SCHEMA, options);
  const root = typeof options.source === 'string' ? sourceRoot(options.source) : options.source;
  return Readable.from(itemsOf(root, options), { highWaterMark: 16 }) as unknown as TypedReadable<
    Flow<Found>
  >;
}

async function* itemsOf(root: SourceRoot, options: ListOptions): AsyncGenerator<Item<Found>, void> {
  const { control, input, separator } = options;
  const nul = separator === 'nul';
  const seen = new SeenPaths();
  try {
    const readable = control ? untilAborted(input, control.stopping) : input;
    for await (const { bytes, terminated } of splitRecords(readable, nul ? 0 : 10, MAX_RECORD_BYTES)) {
      if (control?.stopping.aborted) return;
      if (bytes.length > MAX_RECORD_BYTES) {
        yield tooLong(bytes);
        return;
      }
      if (bytes.length > 0) yield nul && !terminated ? truncated(bytes) : itemOf(root, bytes, seen, options);
    }
  } catch (error) {
    const lost = unreadable(error);
    if (control === undefined) throw lost;
    control.fail(lost);
  }
}

function itemOf(
  root: SourceRoot,
  bytes: Buffer,
  seen: SeenPaths,
  { links, separator }: ListOptions,
): Item<Found> {
  const named = bytes.toString();
  if (!isUtf8(bytes)) {
    const reason = `the name is not valid UTF-8${isUtf16(bytes) ? '; the list is UTF-16, save it as UTF-8' : ''}`;
    return settle({ path: named }, 'failed', { code: 'NAME_NOT_UTF8', reason });
  }
  const path = pathInside(root, named);
  if (path === undefined) {
    const reason = named.includes('\0')
      ? 'no path contains a NUL; is the list NUL-separated?'
      : `not inside the source folder ${root.given}`;
    return settle({ path: named }, 'failed', { code: 'OUTSIDE_SOURCE', reason });
  }
  if (!seen.add(path))
    return settle({ path }, 'skipped', { code: 'DUPLICATE', reason: 'named more than once in the list' });
  const flaw = separator === 'nul' ? undefined : flawOfText(root, named, path);
  if (flaw !== undefined)
    return settle({ path }, 'failed', { code: 'NOT_FOUND', reason: `the file does not exist: ${flaw}` });
  const isStored = links === 'store' && lookAt(absolutePath(root, path))?.isSymbolicLink();
  return pass({ root, path, ...(isStored && { link: 'store' }) });
}

const BYTE_ORDER_MARK = '\u{feff}';

/**
 * The change that an editor made to a name of the list: a carriage return or a byte order mark was added. A file may really
 * have that name, so this is reported only if no file has it and a file has the corrected name.
 */
function flawOfText(root: SourceRoot, named: string, path: string): string | undefined {
  const hasReturn = named.endsWith('\r');
  if (!hasReturn && !named.startsWith(BYTE_ORDER_MARK)) return undefined;
  const meant = pathInside(root, named.replace(/^\u{feff}|\r$/gu, ''));
  const isThere = (each: string) => lookAt(absolutePath(root, each)) !== undefined;
  if (meant === undefined || isThere(path) || !isThere(meant)) return undefined;
  return hasReturn
    ? "the list has Windows line ends (CRLF); `tr -d '\\r'` removes them"
    : 'the list begins with a byte order mark; save it as UTF-8 without BOM';
}

function isUtf16([first, second]: Buffer): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** Path of a named file relative to the root, `/`-separated; undefined if it lies outside. */
function pathInside(root: SourceRoot, named: string): string | undefined {
  if (named.includes('\0')) return undefined;
  const absolute = resolve(root.given, named);
  for (const base of [root.given, root.path]) {
    const path = relative(base, absolute);
    const outside = path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
    if (!outside) return slashed(path);
  }
  return undefined;
}

function tooLong(bytes: Buffer): Item<never> {
  const reason = `the record is longer than ${MAX_RECORD_BYTES} bytes; the rest of the list was not read. Is the list NUL-separated?`;
  const path = bytes.subarray(0, MAX_RECORD_BYTES).toString().slice(0, 200);
  return settle({ path }, 'failed', { code: 'LIST_TRUNCATED', reason });
}

function unreadable(cause: unknown): BackupError {
  return new BackupError('LIST_UNREADABLE', `The list of files broke off: ${messageOf(cause)}`, { cause });
}

function truncated(bytes: Buffer): Item<Found> {
  const reason = 'the list ends in the middle of this record (no NUL after it)';
  return settle({ path: bytes.toString() }, 'failed', { code: 'LIST_TRUNCATED', reason });
}
