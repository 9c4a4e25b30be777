import { DEFAULTS, FILES_AT_ONCE } from '../core/defaults.ts';
import { number, type OptionSchemas, object, optional } from '../core/option-schemas.ts';
import { requireOptions } from '../core/require-options.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import {
  type Acknowledged,
  type Item,
  type Proved,
  pass,
  type Sendable,
  settle,
  type Uploaded,
} from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { readBack } from '../proof/read-back.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import { type Expected, type Judgement, judge } from '../proof/rules/judge.ts';
import { stateFromListing } from '../proof/rules/object-state.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import * as schemas from './option-schemas.ts';
import { settleFileByError } from './trouble.ts';

/**
 * How strong a proof must be: `auto` takes any proof; `head` takes none from a listing; `download` reads every byte
 * back.
 */
export type Strength = 'auto' | 'head' | 'download';

export interface VerifyOptions {
  readonly store: Store;
  /** How strong a proof must be. Default `auto`. */
  readonly strength?: Strength | undefined;
  /**
   * Whether the files are deleted here afterwards. Then an object is read back if S3 reports nothing that proves it,
   * and a listing does not prove an object that this run did not send itself, unless the store is known to list no
   * deleted objects. Default false.
   */
  readonly deleteAfterUpload?: boolean | undefined;
  /** Whether a file that cannot be proved fails; otherwise it is kept. It is never deleted. Default true. */
  readonly requireProof?: boolean | undefined;
  /** Looks up many keys at once. Default: one HEAD per file. */
  readonly lookup?: KeyLookup | undefined;
  /** Files in work at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const VERIFY_SCHEMA: OptionSchemas<VerifyOptions> = {
  store: object,
  strength: schemas.strength,
  deleteAfterUpload: schemas.flag,
  requireProof: schemas.flag,
  lookup: optional(object),
  concurrency: optional(number),
  control: schemas.control,
};

/**
 * Stage 6: asks S3 again, independently of the upload's own answer, and attaches the proof.
 *
 * - In: uploaded files. Out: verified ones. A proof is something that S3 computed and that equals what we computed.
 * - A listing can prove, but never refute: if it does not prove, HEAD is asked; and at once if the write was answered with an
 *   ETag that is none of our digests (SSE-KMS, for example), a checksum was asked for by its name, or the file is deleted
 *   afterwards, was not sent by this run, and the store may list what is deleted.
 * - Settles as failed: CONTENT_DIFFERS, NOT_PROVED (S3 reports nothing to compare with), VERIFY_FAILED (no answer).
 * - A run that is stopping still verifies what it has uploaded.
 */
export function verify<F extends Sendable & Acknowledged = Uploaded>(
  options: VerifyOptions,
): Stage<F, F & Proved> {
  requireOptions('verify', VERIFY_SCHEMA, options);
  const { requireProof = DEFAULTS.requireProof } = options;
  const examiner = new Examiner(options);
  return stage(options.concurrency ?? FILES_AT_ONCE, async (file: F): Promise<Item<F & Proved>> => {
    try {
      const judgement = await examiner.examine(file, expectedOf(file, options.store));
      if (judgement.kind === 'proved') return pass(assignCopy(file, { proof: judgement.proof }));
      const { reason } = judgement;
      if (judgement.kind === 'differs') return settle(file, 'failed', { code: 'CONTENT_DIFFERS', reason });
      return settle(file, requireProof ? 'failed' : 'kept', { code: 'NOT_PROVED', reason });
    } catch (error) {
      return settleFileByError(file, error, 'VERIFY_FAILED', options);
    }
  });
}

class Examiner {
  readonly #options: VerifyOptions;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  async examine(file: Sendable & Acknowledged, expected: Expected): Promise<Judgement> {
    const {
      store,
      strength = DEFAULTS.verify,
      deleteAfterUpload = DEFAULTS.deleteAfterUpload,
    } = this.#options;
    const isSent = file.attempts > 0;
    const listingServes = isSent || store.listsConsistently || !deleteAfterUpload;
    if (strength === 'auto' && !expected.wantsChecksum && listingServes) {
      const listed = await this.#fromListing(file, expected);
      if (listed) return listed;
    }
    // The version is not asked for: if another writer's object covers it, lifecycle rules expire it first.
    const state = await store.head({ key: file.key });
    const judgement = judge(state, expected);
    const isReadBack = file.existing?.isReadBack === true && isSameEtag(state.etag, file.etag);
    if (judgement.kind === 'unproved' && isReadBack) return { kind: 'proved', proof: 'download' };
    const reads = strength === 'download' || (judgement.kind === 'unproved' && deleteAfterUpload);
    return judgement.kind !== 'differs' && reads ? readBack(store, file.key, state, expected) : judgement;
  }

  async #fromListing(file: Sendable & Acknowledged, expected: Expected): Promise<Judgement | undefined> {
    const { lookup } = this.#options;
    const { md5, partsEtag } = expected;
    const { etag } = file;
    if (lookup === undefined || !(isSameEtag(etag, md5) || isSameEtag(etag, partsEtag))) return undefined;
    const listed = await lookup.find(file.key);
    if (listed === 'absent' || listed === 'unknown') return undefined;
    const judgement = judge(stateFromListing(listed), expected);
    return judgement.kind === 'proved' ? judgement : undefined;
  }
}

/**
 * The facts that an object must match. If this run did not send the object, its ETag identifies no write of ours, since another
 * program may have written it.
 */
function expectedOf(
  { content, etag, partsEtag, attempts, resumedBytes }: Sendable & Acknowledged,
  store: Store,
): Expected {
  const { size, md5, checksums } = content;
  const { asksChecksum, etagsAreMd5 } = store;
  if (md5 === undefined && partsEtag === undefined)
    throw new Error('verify was given a file that was not read to its end');
  const write = attempts > 0 ? etag : undefined;
  const isResumed = resumedBytes > 0;
  return {
    size,
    md5,
    checksums,
    wantsChecksum: asksChecksum,
    etag: write,
    isResumed,
    partsEtag,
    etagsAreMd5,
  };
}
