import { Batch } from '../batch.ts';
import { compareKeys } from '../key.ts';
import type { Store } from './store.ts';
import type { ListedObject } from './store-types.ts';

/** Fewer than this are asked for one by one: a page of 1,000 entries costs about as much as this many HEADs. */
const WORTH_A_LIST = 8;
/** After so many pages in a row that answered for fewer, the rest of a batch is left. A few of them can be a gap. */
const USELESS_PAGES = 4;
const IDLE_MS = 25;
const LONGEST_MS = 1_000;

/** What a listing says of a key. `unknown`: it was not worth a listing, or could not be trusted; ask with HEAD. */
export type Lookup = ListedObject | 'absent' | 'unknown';

interface Waiting {
  readonly key: string;
  readonly answer: (lookup: Lookup) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Finds out about many keys with few requests: gathers the keys that are asked for at about the same time and reads
 * their objects' sizes and ETags from listings, which S3 guarantees to be up to date
 * (https://aws.amazon.com/s3/consistency/). About one request for a thousand keys where they lie close together.
 */
export class KeyLookup {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #batch: Batch<Waiting>;
  /** The last key of the batch before: where keys come in their order, the next page begins behind it. */
  #before = '';

  /**
   * @param prefix That all keys begin with.
   * @param limit Keys that are looked up with one request at most.
   */
  constructor(store: Store, prefix: string, limit: number) {
    this.#store = store;
    this.#prefix = prefix;
    this.#batch = new Batch(limit, { idleMs: IDLE_MS, longestMs: LONGEST_MS }, (batch) => this.#look(batch));
  }

  /** @throws StoreError */
  find(key: string): Promise<Lookup> {
    return new Promise((answer, fail) => {
      this.#batch.add({ key, answer, fail });
    });
  }

  #look(batch: Waiting[]): void {
    if (batch.length < WORTH_A_LIST) for (const { answer } of batch) answer('unknown');
    else
      this.#list(batch).catch((error) => {
        for (const { fail } of batch) fail(error);
      });
  }

  /** S3 lists in the order of the keys' UTF-8 bytes, so a page answers for every key up to its last. */
  async #list(batch: Waiting[]): Promise<void> {
    batch.sort((a, b) => compareKeys(a.key, b.key));
    let behind = this.#before;
    this.#before = batch.at(-1)?.key ?? '';
    let next = 0;
    const isWorthIt = (useless: number) =>
      useless === 0 || (useless < USELESS_PAGES && batch.length - next >= WORTH_A_LIST);
    for (let useless = 0; next < batch.length && isWorthIt(useless); ) {
      const startAfter = nearest(behind, batch[next]?.key ?? '');
      const page = await this.#store.listPage({ prefix: this.#prefix, startAfter });
      const objects = new Map(page.objects.map((object) => [object.key, object]));
      behind = page.objects.at(-1)?.key ?? '';
      const from = next;
      for (; next < batch.length; next += 1) {
        const waiting = batch[next];
        if (waiting === undefined || (page.truncated && compareKeys(waiting.key, behind) > 0)) break;
        waiting.answer(objects.get(waiting.key) ?? 'absent');
      }
      useless = next - from < WORTH_A_LIST ? useless + 1 : 0;
    }
    for (const { answer } of batch.slice(next)) answer('unknown');
  }
}

/** Where a page begins so that it holds `key` and little before it: after `behind`, where that comes before the key. */
function nearest(behind: string, key: string): string {
  const before = justBefore(key);
  return compareKeys(behind, key) < 0 && compareKeys(behind, before) > 0 ? behind : before;
}

/**
 * A string before this one, with next to nothing between the two: `img-98` and the last character that XML can hold for
 * `img-99`. After `img-9` a listing would begin with `img-90`, `img-900` and all their like.
 */
function justBefore(key: string): string {
  const characters = [...key];
  const last = characters.pop()?.codePointAt(0) ?? 0;
  const rest = characters.join('');
  if (last <= FIRST_PRINTED) return rest;
  const previous = last === FIRST_BEHIND_SURROGATES ? LAST_BEFORE_SURROGATES : last - 1;
  return rest + String.fromCodePoint(previous, LAST_CHARACTER);
}

const FIRST_PRINTED = 0x20;
const LAST_BEFORE_SURROGATES = 0xd7ff;
const FIRST_BEHIND_SURROGATES = 0xe000;
const LAST_CHARACTER = 0x10fffd;
