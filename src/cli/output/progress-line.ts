import prettyBytes from 'pretty-bytes';
import stringWidth from 'string-width';
import { namesInWork } from './names-in-work.ts';
import type { ProgressView } from './progress-meter.ts';
import { shortTime } from './short-time.ts';

/** The words of a command for what its line counts. */
export interface ProgressWords {
  /** What is settled, for one and for more: `['file', 'files']`. Undefined if there is only one, so that nothing is counted. */
  readonly items: readonly [one: string, more: string] | undefined;
  /** What is done with bytes: `sent`. */
  readonly moved: string;
}

const BETWEEN = ' · ';

/** One fact of the line: several ways to write it, the longest first; none if there is nothing to say. */
type Part = readonly string[];

/**
 * Formats a progress line of at most so many columns. If there is no room for all, the most important facts stay: files, that
 * the endpoint is away, failures, the share that is done, the time left, the rate, bytes, and only then names of files in
 * work. Names are escaped, and secrets in them masked.
 */
export function progressLine(
  view: ProgressView,
  words: ProgressWords,
  columns: number,
  secrets: readonly string[] = [],
): string {
  const { away, files, failed, share, left, rate, bytes, moved, leftOut } = partsOf(view, words);
  const chosen = new Map<Part, string>();
  let room = columns + BETWEEN.length;
  for (const part of [files, away, failed, share, left, rate, bytes, moved, leftOut]) {
    const text = part.find((each) => stringWidth(each) + BETWEEN.length <= room);
    if (text === undefined) continue;
    chosen.set(part, text);
    room -= stringWidth(text) + BETWEEN.length;
  }
  const names = namesInWork(view.inWork, {
    columns: room - BETWEEN.length,
    // The size of a stream is not known.
    withShares: words.items !== undefined,
    secrets,
  });
  const inOrder = [files, bytes, share, moved, rate, left, failed, leftOut, away];
  const texts = [...inOrder.map((part) => chosen.get(part)), names].filter((text) => text !== undefined);
  return texts.join(BETWEEN);
}

function partsOf(view: ProgressView, { items, moved }: ProgressWords) {
  const { files, total, doneBytes, movedBytes, isAllMoved, failed, leftOut } = view;
  const whole = total?.isComplete && total.bytes > 0 ? total.bytes : undefined;
  return {
    files: filesPart(files, total, items),
    away: view.isAway ? ['waiting for the endpoint to come back', 'endpoint away'] : [],
    failed: failed > 0 ? [`${failed} failed`] : [],
    share: ifKnown(view.share, (share) => `${Math.floor(share * 100)}%`),
    left: ifKnown(view.secondsLeft, (seconds) => `${shortTime(seconds)} left`),
    rate: ifKnown(view.rates, (rates) => rateText(rates, items)),
    // What was sent says all if it is what was done.
    bytes: isAllMoved ? [] : ifKnown(whole, (bytes) => ofAll(Math.min(doneBytes, bytes), bytes)),
    moved: movedBytes > 0 ? [`${ofAll(movedBytes, isAllMoved ? whole : undefined)} ${moved}`] : [],
    leftOut: leftOut > 0 ? [`${leftOut} skipped`] : [],
  };
}

function ifKnown<T>(value: T | undefined, textOf: (value: T) => string): Part {
  return value === undefined ? [] : [textOf(value)];
}

function ofAll(bytes: number, all: number | undefined): string {
  return all === undefined ? prettyBytes(bytes) : `${prettyBytes(bytes)} of ${prettyBytes(all)}`;
}

function filesPart(files: number, total: ProgressView['total'], items: ProgressWords['items']): Part {
  if (items === undefined) return [];
  const [one, more] = items;
  if (total === undefined) return [`${files} ${files === 1 ? one : more}`, `${files}`];
  const all = `${total.files}${total.isComplete ? '' : '+'}`;
  return [`${files} of ${all} ${all === '1' ? one : more}`, `${files}/${all}`];
}

/** Bytes per second, or files if no bytes were moved of late. */
function rateText(
  { bytes, files }: NonNullable<ProgressView['rates']>,
  items: ProgressWords['items'],
): string {
  if (bytes > 0 || files === 0 || items === undefined) return `${prettyBytes(bytes)}/s`;
  return `${files < 10 ? files.toFixed(1) : Math.round(files)} ${items[1]}/s`;
}
