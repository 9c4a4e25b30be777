import { BackupError } from '../core/errors.ts';
import { foldKey } from '../core/fold-key.ts';
import type { SourceContent } from '../source/content.ts';
import type { StreamContent } from '../source/stream-content.ts';
import { headIfThere } from './head-if-there.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';
import type { UploadAnswer, WriteCondition } from './store-types.ts';

/** Number of keys that are looked up one by one before one extra request finds out whether the store heeds conditions. */
const LOOKS_BEFORE_TRIAL = 8;

/**
 * Uploads without overwriting, also to a store of which it is not known whether it heeds conditions. Such a store may
 * even treat two keys as one (upper and lower case, Unicode forms): the second file would replace the first, which was
 * proved and deleted.
 *
 * - The key is looked at just before it is written, and keys that a store could take for one are written one after the other.
 * - After eight files one of them is sent once more, on condition that nothing is under its key. If that is refused, the store
 *   heeds conditions, and no key is looked at any more.
 */
export class OverwriteGuard {
  readonly #store: Store;
  readonly #turns = new Map<string, Promise<unknown>>();
  #looks = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Uploads a file as `Store.upload` does, and overwrites nothing if `ifAbsent` is set. */
  upload(
    key: string,
    content: SourceContent | StreamContent,
    condition: WriteCondition = {},
  ): Promise<UploadAnswer> {
    if (!condition.ifAbsent || this.#store.capabilities.conditionsOnPut === 'heeded')
      return this.#store.upload(key, content, condition);
    return this.#inTurn(foldKey(key, 'both'), () => this.#uploadIfAbsent(key, content));
  }

  async #inTurn<T>(folded: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(folded);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return work();
    })();
    this.#turns.set(folded, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(folded) === turn) this.#turns.delete(folded);
    }
  }

  async #uploadIfAbsent(key: string, content: SourceContent | StreamContent): Promise<UploadAnswer> {
    const there = await headIfThere(this.#store, { key });
    if (there !== undefined) throw alreadyThere(key);
    const answer = await this.#store.upload(key, content, { ifAbsent: true });
    this.#looks += 1;
    const isTried = this.#looks === LOOKS_BEFORE_TRIAL && content.bytes !== undefined;
    return isTried ? await this.#tryCondition(key, content, answer) : answer;
  }

  /** @returns the answer to the last write of the object; its attempts are those that the file needed without this one */
  async #tryCondition(
    key: string,
    content: SourceContent | StreamContent,
    first: UploadAnswer,
  ): Promise<UploadAnswer> {
    const { capabilities } = this.#store;
    try {
      const second = await this.#store.upload(key, content, { ifAbsent: true });
      capabilities.conditionsOnPut = 'ignored';
      return { ...second, attempts: first.attempts };
    } catch (error) {
      // A BackupError says that the run may not send the file a second time.
      if (!(error instanceof StoreError || error instanceof BackupError)) throw error;
      if (error.code === 'PreconditionFailed') capabilities.conditionsOnPut = 'heeded';
      else this.#looks = 0;
      return first;
    }
  }
}

function alreadyThere(key: string): StoreError {
  const message = `an object was stored under the key ${JSON.stringify(key)} since it was looked up, or the store treats another key as the same`;
  return new StoreError('PreconditionFailed', message, 412, 1);
}
