import { BackupError } from '../core/errors.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { Removal } from './removal.ts';
import type { Verdict } from './verdict.ts';

interface Asked {
  readonly store?: Pick<Store, 'head' | 'bucket'> | undefined;
  readonly control?: RunControl | undefined;
}

/**
 * Makes sure that deleting a file here does not delete its object: the source, or a folder in it, can be a mount of the bucket
 * (s3fs, rclone mount, mountpoint-s3). There the rename of a claim makes the object vanish from its key, which shows before
 * anything is deleted. One file of each file system is checked.
 */
export class ApartFromStore {
  readonly #asked: Asked;
  readonly #known = new Set<bigint>();

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /**
   * @param removals Removals of files that were just claimed. Those on a file system that may be a mount of the bucket are
   * refused.
   */
  async check(removals: readonly Removal[]): Promise<void> {
    const { store } = this.#asked;
    if (store === undefined) return;
    const verdicts = new Map<bigint, Verdict | undefined>();
    for (const removal of removals) {
      const device = removal.source.identity.dev;
      if (this.#known.has(device)) continue;
      if (!verdicts.has(device)) verdicts.set(device, await this.#lookFor(removal, store));
      const verdict = verdicts.get(device);
      if (verdict === undefined) this.#known.add(device);
      else removal.refuse(verdict);
    }
  }

  async #lookFor({ key }: Removal, store: Pick<Store, 'head' | 'bucket'>): Promise<Verdict | undefined> {
    try {
      await store.head({ key });
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.status !== 404) {
        const reason = `it is unknown whether the object still exists after the file was moved aside: ${error.message}`;
        return { fate: 'failed', code: 'DELETE_FAILED', reason };
      }
    }
    const failure = sourceIsStore(key, store.bucket);
    this.#asked.control?.fail(failure);
    return { fate: 'failed', code: 'RUN_FAILED', reason: `the run ended early: ${failure.message}` };
  }
}

function sourceIsStore(key: string, bucket: string): BackupError {
  const message = `The object ${JSON.stringify(key)} vanished from bucket ${bucket} when its file was moved aside to be deleted.`;
  return new BackupError('SOURCE_IS_STORE', message, {
    hint: 'The source is probably a mount of this bucket: use another source. If it is not, another program deletes objects there.',
  });
}
