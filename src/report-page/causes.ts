import type { PageEntry } from './page-data.ts';

/** A reason as the report has it, with one of the files that have it. */
export interface ReasonCount {
  readonly reason: string;
  readonly path: string;
  files: number;
}

/** The files that have the same fate for the same code. */
export interface Cause {
  readonly fate: string;
  readonly code: string;
  files: number;
  bytes: number;
  readonly reasons: Map<string, ReasonCount>;
  /** Files whose reason is not among `reasons`, since there are too many. */
  otherReasons: number;
}

/** No version has so many codes; a report that somebody has made up may. */
const MOST_CAUSES = 200;
/** Reasons may name a size or a time, so that each file has one of its own. */
const MOST_REASONS = 50;

/** Groups files by why they have their fate, in bounded memory. */
export class Causes {
  readonly #causes = new Map<string, Cause>();

  add({ path, fate, code, reason, size }: PageEntry): void {
    if (code === null) return;
    const cause = this.#causeOf(fate, code);
    if (cause === undefined) return;
    cause.files += 1;
    cause.bytes += size ?? 0;
    if (reason === null) return;
    const known = cause.reasons.get(reason);
    if (known !== undefined) known.files += 1;
    else if (cause.reasons.size < MOST_REASONS) cause.reasons.set(reason, { reason, path, files: 1 });
    else cause.otherReasons += 1;
  }

  #causeOf(fate: string, code: string): Cause | undefined {
    const name = `${fate} ${code}`;
    const known = this.#causes.get(name);
    if (known !== undefined || this.#causes.size >= MOST_CAUSES) return known;
    const cause: Cause = { fate, code, files: 0, bytes: 0, reasons: new Map(), otherReasons: 0 };
    this.#causes.set(name, cause);
    return cause;
  }

  /** The causes, those of most files first. */
  get list(): readonly Cause[] {
    return [...this.#causes.values()].sort((a, b) => b.files - a.files);
  }
}
