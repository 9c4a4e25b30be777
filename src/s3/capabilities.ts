import { type Digests, FOR_OPAQUE_ETAGS } from './digests.ts';
import { StoreError } from './store-error.ts';
import type { UploadAnswer, WriteCondition } from './store-types.ts';

/** The digests and conditions that a body is sent with. */
export interface WriteTerms extends Digests {
  /** Condition that is sent to the store. */
  readonly condition: WriteCondition;
  /** Condition that must hold although the store knows no conditions and is sent none. Default: none. */
  readonly wanted?: WriteCondition | undefined;
}

/** Codes with which stores refuse a header that they do not know: B2 says InvalidArgument, R2 NotImplemented. */
const REFUSALS: ReadonlySet<string> = new Set(['NotImplemented', 'InvalidArgument', 'InvalidRequest']);

/**
 * What a store cannot do, learned from its answers to requests that are sent in any case: no request is sent to find
 * out, and a refused feature is not used again.
 */
export class Capabilities {
  #digests: Digests;
  readonly #needsChecksum: boolean;
  readonly #isNamed: boolean;
  #knowsConditions = true;
  /**
   * What the store does with a PUT that requires an empty key if there is an object: refuses it (`heeded`), overwrites
   * the object (`ignored`), or `unknown`. A store that folds keys shows only by this that two keys are one there.
   */
  conditionsOnPut: 'heeded' | 'ignored' | 'unknown' = 'unknown';
  /** Whether listings come in the order of the keys' UTF-8 bytes, so that a page shows which keys are absent. */
  listsInOrder = true;
  /** Whether HEAD may ask for checksums: B2 answers such a request with an empty 400. */
  answersChecksumMode = true;

  /**
   * @param needsChecksum Whether the checksum must be sent: it was requested, or the store is AWS.
   * @param isNamed Whether the checksum was requested by its name.
   */
  constructor(digests: Digests, needsChecksum: boolean, isNamed: boolean) {
    this.#digests = digests;
    this.#needsChecksum = needsChecksum;
    this.#isNamed = isNamed;
  }

  get digests(): Digests {
    return this.#digests;
  }

  /** Called when an object has an ETag that is no digest, although no such encryption was requested. */
  onOpaqueEtag(): void {
    if (!this.#needsChecksum || this.#isNamed) return;
    this.#digests = { ...this.#digests, checksum: FOR_OPAQUE_ETAGS };
  }

  get knowsConditions(): boolean {
    return this.#knowsConditions;
  }

  /** Sends a write, and repeats it without optional headers if the store refuses them. */
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

  /**
   * Yields the terms to try one after another: the given ones twice, then without the header that is missed least. If a
   * write has conditions, the key was looked up before.
   */
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
