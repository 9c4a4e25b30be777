import { type Item, open, settle, type Uploaded, type Verified } from '../item.ts';
import type { RunControl } from '../run-control.ts';
import { type Expected, type Judgement, judge } from '../s3/proof.ts';
import type { ObjectPin, Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { type Stage, stage } from '../stage.ts';

export interface VerifyOptions {
  readonly store: Store;
  /** Whether an object is read back where S3 reports nothing that proves it. Default false. */
  readonly download?: boolean | undefined;
  /** Files in work at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly control?: RunControl | undefined;
}

/**
 * Stage 5: asks S3 again, independently of the upload's own answer, and attaches the proof.
 *
 * - In: uploaded files. Out: verified ones. A proof is something that S3 computed and that equals what we computed.
 * - Settles as failed: CONTENT_DIFFERS, NOT_PROVED (S3 reports nothing to compare with), VERIFY_FAILED (no answer).
 * - A run that is stopping still verifies what it has uploaded.
 */
export function verify(options: VerifyOptions): Stage<Uploaded, Verified> {
  return stage(options.concurrency ?? 16, async (file: Uploaded): Promise<Item<Verified>> => {
    try {
      const judgement = await examine(file, options);
      if (judgement.kind === 'proved') return open({ ...file, proof: judgement.proof });
      const code = judgement.kind === 'differs' ? 'CONTENT_DIFFERS' : 'NOT_PROVED';
      return settle(file, 'failed', { code, reason: judgement.reason });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (options.control?.aborting.aborted) return settle(file, 'failed', options.control.reason);
      return settle(file, 'failed', { code: 'VERIFY_FAILED', reason: error.message });
    }
  });
}

async function examine(file: Uploaded, { store, download }: VerifyOptions): Promise<Judgement> {
  const expected = expectedOf(file);
  const pin: ObjectPin = { key: file.key, versionId: file.versionId };
  const state = await store.head(pin);
  const judgement = judge(state, expected);
  if (judgement.kind !== 'unproved' || !download) return judgement;

  const back = await store.download({ ...pin, etag: state.etag });
  return back.size === expected.size && back.md5 === expected.md5
    ? { kind: 'proved', proof: 'download' }
    : { kind: 'differs', reason: `read back, the MD5 is ${back.md5}, of the file ${expected.md5}` };
}

function expectedOf({ content, etag, partsEtag }: Uploaded): Expected {
  const { size, md5, crc32 } = content;
  if (md5 === undefined || crc32 === undefined)
    throw new Error('verify was given a file that was not read to its end');
  return { size, md5, crc32, etag, partsEtag };
}
