import { Transform } from 'node:stream';
import { type Found, type Item, pass, type Settlement } from '../flow/item.ts';
import type { Stage } from '../flow/stage.ts';
import type { SourceRoot } from '../source/root.ts';
import type { BackupOptions } from './options.ts';

/** Most passes in which a file that keeps changing is worked on. */
const PASSES = 3;

/**
 * Carries out `onChange` for files that changed while they were in work. `retry` holds them back from the report, so that they
 * are worked on again after all others; `skip` skips them; `fail` leaves them failed. Memory: only files that are tried again.
 */
export class ChangedFiles {
  readonly #root: SourceRoot;
  readonly #policy: NonNullable<BackupOptions['onChange']>;
  /** ETag that this run last wrote for a file, by the file's path. */
  readonly #written = new Map<string, string>();
  #again: Found[] = [];
  #passes = 0;

  constructor(root: SourceRoot, policy: NonNullable<BackupOptions['onChange']>) {
    this.#root = root;
    this.#policy = policy;
  }

  /** Makes the stream behind the stages of one pass. It takes out the files that are tried again. */
  filter(): Stage<never, never> {
    this.#passes += 1;
    return new Transform({
      objectMode: true,
      transform: (item: Item<never>, _encoding, done) => done(null, this.#judge(item)),
    }) as unknown as Stage<never, never>;
  }

  /** Takes the files for the next pass, as items. An empty list ends the passes. */
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

  /**
   * Makes the item for the next pass. An object that existed before this run (no attempt was needed) must not be overwritten,
   * whatever its content.
   */
  #anew({ path, etag, attempts, link, isCounted }: Settlement): Found {
    if (etag !== undefined && attempts > 0) this.#written.set(path, etag);
    return { root: this.#root, path, link, isCounted, writtenBefore: this.#written.get(path) };
  }
}
