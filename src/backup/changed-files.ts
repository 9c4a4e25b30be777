import { Transform } from 'node:stream';
import { type Found, type Item, pass, type Settlement } from '../flow/item.ts';
import type { Stage } from '../flow/stage.ts';
import type { SourceRoot } from '../source/root.ts';
import type { BackupOptions } from './options.ts';

/** How often a file that keeps changing is worked on. */
const PASSES = 3;

/**
 * Carries out `onChange`: files that changed while they were in work are held back from the report and worked on again
 * when everything else is done, are skipped, or fail. Remembers only those.
 */
export class ChangedFiles {
  readonly #root: SourceRoot;
  readonly #policy: NonNullable<BackupOptions['onChange']>;
  /** The ETag that this run has last written for a file, by its path. */
  readonly #written = new Map<string, string>();
  #again: Found[] = [];
  #passes = 0;

  constructor(root: SourceRoot, policy: NonNullable<BackupOptions['onChange']>) {
    this.#root = root;
    this.#policy = policy;
  }

  /** What stands behind the stages that a file can change in, in one pass. */
  filter(): Stage<never, never> {
    this.#passes += 1;
    const judging = new Transform({
      objectMode: true,
      transform: (item: Item<never>, _encoding, done) => done(null, this.#judge(item)),
    });
    return judging as unknown as Stage<never, never>;
  }

  /** The files for the next pass, as items; none when there is no other. */
  take(): Item<Found>[] {
    const again = this.#again.map((file) => pass(file));
    this.#again = [];
    return again;
  }

  #judge(item: Item<never>): Item<never> | undefined {
    if (!item.settled || item.settlement.code !== 'FILE_CHANGED') return item;
    if (this.#policy === 'skip')
      return { settled: true, settlement: { ...item.settlement, fate: 'skipped' } };
    if (this.#policy === 'fail' || this.#passes >= PASSES) return item;
    this.#again.push(this.#anew(item.settlement));
    return undefined;
  }

  /** An object that was there before (no attempt was needed) must not be overwritten, whatever its content. */
  #anew({ path, etag, attempts, link }: Settlement): Found {
    if (etag !== undefined && attempts > 0) this.#written.set(path, etag);
    return { root: this.#root, path, link, writtenBefore: this.#written.get(path) };
  }
}
