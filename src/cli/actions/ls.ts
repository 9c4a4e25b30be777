import prettyBytes from 'pretty-bytes';
import {
  type DetailedObject,
  detailedObjects,
  type StoredObject,
  storedObjects,
} from '../../bucket/list-stored.ts';
import { summarizeStored } from '../../bucket/summarize-stored.ts';
import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { LINK_SUFFIX } from '../../core/key.ts';
import { PathScope } from '../../core/path-scope.ts';
import { type EntryKind, storedMode } from '../../s3/stored-mode.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { lsSummaryText } from '../output/ls-summary-text.ts';
import { printable, safeJson } from '../output/printable.ts';
import { isTerminal } from '../output/screen.ts';
import { writeText } from '../output/write-text.ts';
import { withStore } from '../session/with-store.ts';

export interface LsFlags {
  readonly pattern?: string | undefined;
  readonly json: boolean;
  readonly long: boolean;
  readonly summary: boolean;
}

type ListedLine = StoredObject & Partial<DetailedObject>;

/**
 * Runs `s3-backup ls`: prints a line for each object while the listing arrives.
 *
 * @returns the exit code
 */
export async function lsAction(context: CliContext, config: LoadedConfig, flags: LsFlags): Promise<number> {
  if (flags.summary && flags.long)
    throw new BackupError('BAD_OPTION', '--summary and --long exclude each other; use one of them.');
  const scope = new PathScope(flags.pattern);
  const isForPeople = isTerminal(context.stdout) && !flags.json;
  const lineOf = flags.json ? jsonLine : (object: ListedLine) => textLine(object, isForPeople);
  await withStore(context, config, async ({ store, prefix }) => {
    const options = { store, prefix, scope };
    const total = { objects: 0, bytes: 0 };
    const place = printable(`s3://${store.bucket}/${prefix}`);
    if (flags.summary) {
      const now = () => Date.now() + store.clock.aheadMs;
      const summary = await summarizeStored(storedObjects(options), now);
      context.stdout.write(flags.json ? jsonLine(summary) : lsSummaryText(summary, isForPeople));
      return;
    }
    async function* lines() {
      for await (const object of flags.long ? detailedObjects(options) : storedObjects(options)) {
        if (isForPeople && total.objects === 0) yield header(flags.long);
        total.objects += 1;
        total.bytes += object.size ?? 0;
        yield lineOf(object);
      }
      if (isForPeople && total.objects > 0)
        yield `${total.objects} ${total.objects === 1 ? 'object' : 'objects'}, ${prettyBytes(total.bytes)}, in ${place}\n`;
    }
    await writeText(context.stdout, lines());
    if (total.objects === 0) context.stderr.write(`No matching objects in ${place}\n`);
  });
  return EXIT_CODES.ok;
}

function jsonLine(object: object): string {
  return `${safeJson(JSON.stringify(object))}\n`;
}

const WIDTHS = { size: 13, stored: 20, mtime: 20, mode: 4, class: 12, proof: 9 };

function header(long: boolean): string {
  const { size, stored, mtime, mode, class: storageClass, proof } = WIDTHS;
  return row([
    'size'.padStart(size),
    'stored'.padEnd(stored),
    ...(long ? ['mode'.padEnd(mode), 'modified'.padEnd(mtime)] : []),
    'class'.padEnd(storageClass),
    'proof'.padEnd(proof),
    'path',
  ]);
}

/** One line of the list. Sizes have units on a terminal, and are bytes otherwise. */
function textLine(object: ListedLine, isForPeople: boolean): string {
  const { path, size, stored, mtime, class: storageClass, proof } = object;
  return row([
    sizeText(size, isForPeople).padStart(WIDTHS.size),
    (stored ?? '-').replace(/\.\d+/, '').padEnd(WIDTHS.stored),
    ...(mtime === undefined ? [] : [permissions(object), seconds(mtime).padEnd(WIDTHS.mtime)]),
    printable(storageClass).padEnd(WIDTHS.class),
    proof.padEnd(WIDTHS.proof),
    printable(path),
  ]);
}

function sizeText(size: number | null, isForPeople: boolean): string {
  if (size === null) return '-';
  return isForPeople ? prettyBytes(size) : String(size);
}

function row(columns: readonly string[]): string {
  return `${columns.join('  ')}\n`;
}

/** The mode that a restore would set, as four octal digits; `-` if the metadata has none. */
function permissions({ path, mode }: ListedLine): string {
  const [read] = kindsOf(path)
    .map((kind) => storedMode(mode ?? '', kind))
    .filter((bits) => bits !== undefined);
  return (read?.toString(8).padStart(WIDTHS.mode, '0') ?? '-').padEnd(WIDTHS.mode);
}

/** The kinds of entry that a restore may make of the object, by its path. */
function kindsOf(path: string): readonly EntryKind[] {
  if (path.endsWith('/')) return ['folder'];
  return path.endsWith(LINK_SUFFIX) ? ['link', 'file'] : ['file'];
}

/** Formats an mtime as `2026-11-30T02:15:00Z`; `-` if it is missing or no number: any program can write the metadata. */
function seconds(mtime: string | null): string {
  const time = new Date(Math.floor(Number(mtime ?? 'none')) * 1000);
  return Number.isNaN(time.getTime()) ? '-' : time.toISOString().replace('.000', '');
}
