import { randomBytes } from 'node:crypto';
import { type Moment, now } from '../core/moment.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { Store } from '../s3/store.ts';
import { isNotFound, StoreError } from '../s3/store-error.ts';
import type { WriteCondition } from '../s3/store-types.ts';
import { type LeaseHolder, type LeaseRecord, parseLease } from './lease-record.ts';

/** A write of the lease that has succeeded. */
export interface LeaseWrite {
  readonly etag: string;
  /** A moment before the request was sent, and so before the store wrote the object. */
  readonly begun: Moment;
  /** The bytes that were written. */
  readonly bytes: Buffer;
}

/** The lease as it is in the bucket. */
export interface LeaseState {
  readonly etag: string;
  /** Undefined if it is in no form that this version knows. */
  readonly record: LeaseRecord | undefined;
  /** How long ago it was written, by the store's clock, in milliseconds; undefined if the store does not tell. */
  readonly ageMs: number | undefined;
}

/** The object of a lease, with the requests that it takes. Every method throws StoreError. */
export class LeaseObject {
  readonly #store: Store;
  readonly #key: string;
  readonly #holder: LeaseHolder;

  constructor(store: Store, key: string, holder: LeaseHolder) {
    this.#store = store;
    this.#key = key;
    this.#holder = holder;
  }

  /** Name of the lease in messages. */
  get name(): string {
    return `s3://${this.#store.bucket}/${this.#key}`;
  }

  /**
   * Writes the lease if the condition holds. If the answer to a write was lost, the repeated request is refused, so the object is
   * read then: our token in it means that the first one succeeded.
   *
   * @returns undefined if the condition does not hold
   */
  async write(condition: WriteCondition, released = false): Promise<LeaseWrite | undefined> {
    const token = randomBytes(16).toString('hex');
    const record: LeaseRecord = { s3_backup_lease: 1, token, released, ...this.#holder };
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    const begun = now();
    const etag = (await this.#put(bytes, condition)) ?? (await this.#etagOf(token));
    return etag === undefined ? undefined : { etag, begun, bytes };
  }

  /**
   * Repeats a write with the same bytes and the same condition, which does not hold any more.
   *
   * @returns whether the store has written it nevertheless, so that its conditions keep nobody off
   */
  async isWrittenAgain({ bytes }: LeaseWrite, condition: WriteCondition): Promise<boolean> {
    return (await this.#put(bytes, condition)) !== undefined;
  }

  /** @returns undefined if there is none */
  async look(): Promise<LeaseState | undefined> {
    try {
      const { bytes, etag = '' } = await this.#store.read({ key: this.#key });
      return { etag, record: parseLease(bytes), ageMs: await this.#ageOf(etag) };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #put(bytes: Buffer, condition: WriteCondition): Promise<string | undefined> {
    try {
      return (await this.#store.writeIf(this.#key, bytes, condition)).etag;
    } catch (error) {
      // NoSuchKey: If-Match, and the object is gone.
      if (error instanceof StoreError && (error.code === 'PreconditionFailed' || isNotFound(error)))
        return undefined;
      throw error;
    }
  }

  async #etagOf(token: string): Promise<string | undefined> {
    const state = await this.look();
    return state?.record?.token === token ? state.etag : undefined;
  }

  /** A listing has both times by the store's clock: that of the write, and its own. */
  async #ageOf(etag: string): Promise<number | undefined> {
    const { objects, answeredAt } = await this.#store.listPage({ prefix: this.#key, maxKeys: 1 });
    const [found] = objects;
    if (found?.key !== this.#key || !isSameEtag(found.etag, etag)) return undefined;
    const { lastModified } = found;
    return lastModified === undefined || answeredAt === undefined ? undefined : answeredAt - lastModified;
  }
}
