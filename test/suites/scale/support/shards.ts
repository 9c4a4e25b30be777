import type { PlannedRange } from '../../../../src/plans/plan.ts';
import type { Endpoint } from './endpoint.ts';

/** Whether a range has a key. The keys are compared as S3 does, by their bytes. */
function has({ from, to }: PlannedRange, key: string): boolean {
  const bytes = Buffer.from(key);
  const isBefore = (bound: string) => Buffer.compare(bytes, Buffer.from(bound)) < 0;
  return (from === null || !isBefore(from)) && (to === null || isBefore(to));
}

/** Counts, at the endpoint, the files that each shard of a plan sends. */
export class SentFiles {
  readonly #of: number[];
  readonly #awaited = new Set<{ readonly isDue: () => boolean; readonly act: () => void }>();

  /** @param prefix Prefix of the backup, with its slash. */
  constructor(endpoint: Endpoint, prefix: string, ranges: readonly PlannedRange[]) {
    this.#of = ranges.map(() => 0);
    endpoint.watch(({ operation, key }) => {
      if (operation !== 'PutObject' || !key.startsWith(prefix) || key.startsWith(`${prefix}.s3-backup/`))
        return;
      const shard = ranges.findIndex((range) => has(range, key.slice(prefix.length)));
      this.#of[shard] = this.of(shard) + 1;
      this.#check();
    });
  }

  of(shard: number): number {
    return this.#of[shard] ?? 0;
  }

  get all(): number {
    return this.#of.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Waits until a condition of these numbers holds. The action is called before the request that makes it true is answered, so
   * nothing of the shard can have happened since.
   */
  when<T>(isDue: (sent: SentFiles) => boolean, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const awaited = {
        isDue: () => isDue(this),
        act: () => {
          try {
            resolve(act());
          } catch (error) {
            reject(error);
          }
        },
      };
      this.#awaited.add(awaited);
      this.#check();
    });
  }

  #check(): void {
    for (const awaited of this.#awaited) {
      if (!awaited.isDue()) continue;
      this.#awaited.delete(awaited);
      awaited.act();
    }
  }
}
