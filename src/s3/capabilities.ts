import { type Digests, FOR_OPAQUE_ETAGS } from './digests.ts';
import { StoreError } from './store-error.ts';
import type { UploadAnswer, WriteCondition } from './store-types.ts';

/** How a body is sent. */
export interface WriteTerms extends Digests {
  /** What the store is told. */
  readonly condition: WriteCondition;
  /** What must hold, also if the store is not told because it knows no conditions. Default: nothing. */
  readonly wanted?: WriteCondition | undefined;
}

/** Codes by which stores refuse a header that they do not know: B2 says InvalidArgument, R2 NotImplemented. */
const REFUSALS: ReadonlySet<string> = new Set(['NotImplemented', 'InvalidArgument', 'InvalidRequest']);

/**
 * What a store has been found not to know, by its answers to what it is asked anyway: no request is sent to find out, and
 * what is refused once is asked once.
 */
export class Capabilities {
  #digests: Digests;
  readonly #needsChecksum: boolean;
  readonly #isAsked: boolean;
  #knowsConditions = true;
  /**
   * What becomes of a PUT that asks for nothing to be under its key if there is something: it has been seen to be refused, or
   * to be taken, or neither. A store that folds keys shows only by that that two keys are one there.
   */
  conditionsOnPut: 'heeded' | 'ignored' | 'unknown' = 'unknown';
  /** Whether listings come in the order of the keys' UTF-8 bytes, so that a page tells what is absent. */
  listsInOrder = true;
  /** Whether HEAD may ask for checksums: B2 answers that with an empty 400. */
  answersChecksumMode = true;

  /**
   * @param needsChecksum Whether the checksum may not be left out: it was asked for, or is AWS's.
   * @param isAsked Whether it was asked for by its name.
   */
  constructor(digests: Digests, needsChecksum: boolean, isAsked: boolean) {
    this.#digests = digests;
    this.#needsChecksum = needsChecksum;
    this.#isAsked = isAsked;
  }

  get digests(): Digests {
    return this.#digests;
  }

  /** An object has turned out to have an ETag that is no digest, although no such encryption was asked for. */
  onOpaqueEtag(): void {
    if (!this.#needsChecksum || this.#isAsked) return;
    this.#digests = { ...this.#digests, checksum: FOR_OPAQUE_ETAGS };
  }

  get knowsConditions(): boolean {
    return this.#knowsConditions;
  }

  /** Sends a write; where the store refuses what it can do without, once more without that. */
  async write(
    condition: WriteCondition,
    send: (terms: WriteTerms) => Promise<UploadAnswer>,
  ): Promise<UploadAnswer> {
    const { md5, checksum } = this.#digests;
    const terms = { md5, checksum, condition: this.#knowsConditions ? condition : {}, wanted: condition };
    let attempts = 0;
    let refusal: StoreError | undefined;
    for (const next of this.#inTurn(terms)) {
      if (refusal && next.condition !== terms.condition && refusal.code !== 'NotImplemented') break;
      try {
        const answer = await send(next);
        this.#learn(terms, next);
        return attempts === 0 ? answer : { ...answer, attempts: attempts + answer.attempts };
      } catch (error) {
        if (!(error instanceof StoreError) || !REFUSALS.has(error.code)) throw error;
        attempts += error.attempts;
        refusal = error;
      }
    }
    throw refusal;
  }

  /** Then from what is missed least. What stands under the key has been looked at when a write has conditions. */
  *#inTurn(terms: WriteTerms): Generator<WriteTerms, void> {
    yield terms;
    const withoutChecksum = { ...terms, md5: true, checksum: undefined };
    const { ifAbsent, ifMatch } = terms.condition;
    const hasCondition = ifAbsent === true || ifMatch !== undefined;
    const canLeaveChecksum = terms.checksum !== undefined && !this.#needsChecksum;
    if (canLeaveChecksum) yield withoutChecksum;
    if (hasCondition) yield { ...terms, condition: {} };
    if (canLeaveChecksum && hasCondition) yield { ...withoutChecksum, condition: {} };
  }

  #learn(asked: WriteTerms, taken: WriteTerms): void {
    const { md5, checksum } = taken;
    if (asked.checksum !== checksum) this.#digests = { md5, checksum };
    if (asked.condition !== taken.condition) {
      this.#knowsConditions = false;
      this.conditionsOnPut = 'ignored';
    }
  }
}
