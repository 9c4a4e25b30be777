import stringWidth from 'string-width';
import type { FileInWork } from '../../flow/file-in-work.ts';
import { masked } from './mask.ts';
import { printable } from './printable.ts';
import { shortenMiddle } from './shorten.ts';

/** A name is shown if it has so many columns at least. */
const LEAST_NAME = 12;
/** Columns from which two names are shown. */
const LEAST_TWO_NAMES = 60;
/** The share of a single file is shown from this size on, in bytes. */
const LARGE_BYTES = 16 * 1024 ** 2;

export interface NamesOptions {
  /** Greatest width of the text. */
  readonly columns: number;
  /** Whether it is shown how much of a large file is done. */
  readonly withShares: boolean;
  /** Values that are masked. */
  readonly secrets: readonly string[];
}

/** Names one or two files in work, those that were begun first, and the number of the others; undefined without room. */
export function namesInWork(inWork: readonly FileInWork[], options: NamesOptions): string | undefined {
  const { columns } = options;
  const [first, second] = inWork;
  if (first === undefined || columns < LEAST_NAME) return undefined;
  const named = second !== undefined && columns >= LEAST_TWO_NAMES ? [first, second] : [first];
  const others = inWork.length - named.length;
  const more = others > 0 && columns >= 2 * LEAST_NAME ? ` +${others}` : '';
  let room = columns - more.length - (named.length - 1) * ', '.length;
  const names = named.map((file, index) => {
    const name = nameOf(file, Math.floor(room / (named.length - index)), options);
    room -= stringWidth(name);
    return name;
  });
  return names.join(', ') + more;
}

function nameOf(
  { path, size, doneBytes }: FileInWork,
  columns: number,
  { withShares, secrets }: NamesOptions,
): string {
  const isShown = withShares && size >= LARGE_BYTES && doneBytes > 0;
  const share = isShown ? ` ${Math.floor((doneBytes / size) * 100)}%` : '';
  return shortenMiddle(masked(printable(path), secrets), columns - share.length) + share;
}
