import type { BufferPool } from '../core/buffer-pool.ts';
import type { ProofKind } from '../core/outcomes.ts';
import type { RunControl } from '../flow/run-control.ts';
import { NO_PARTS, partCountOf, partSizesOf } from '../proof/part-sizes.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { Chosen } from './item.ts';
import { judgeRead, type ProvedOptions } from './judge-read.ts';
import type { OutputWriter } from './output-writer.ts';
import { PassingContent } from './passing-content.ts';
import { readAhead } from './read-ahead.ts';
import { isAboutAnotherWrite, RestoreError } from './restore-error.ts';

/** Options for writing an object that does not fit into memory. */
export interface StreamOptions extends ProvedOptions {
  readonly output: OutputWriter;
  /** Limits the memory of ranges. */
  readonly pool: BufferPool;
  readonly control: RunControl;
  /** Called for every range with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** An object all of whose bytes were written. */
export interface Streamed extends Chosen {
  /** MD5 of the whole content, in hex; undefined if its proof needed none. */
  readonly md5: string | undefined;
  /** Undefined if there is no proof, and nothing that refutes the content. */
  readonly proof: ProofKind | undefined;
  /** Why there is no proof; undefined if there is one. */
  readonly unproved: string | undefined;
  readonly attempts: number;
}

/**
 * Writes an object to the output while it arrives, and proves it at its end. If the proof fails, all bytes have been written.
 *
 * @throws RestoreError `CONTENT_DIFFERS` if the content is refuted, `OBJECT_CHANGED` if other content has come under the key
 * (before the first byte: it can be tried again), or an error of the output; StoreError
 */
export async function streamLarge(file: Chosen, options: StreamOptions): Promise<Streamed> {
  const { store, output } = options;
  const { key, versionId, etag, size, recorded } = file;
  const begun = output.bytes;
  const state = await store.head({ key, versionId });
  if (!isSameEtag(state.etag, etag) || state.size !== size)
    throw new RestoreError('OBJECT_CHANGED', 'it was overwritten');
  const parts = partCountOf(etag);
  const partSizes = parts === undefined ? NO_PARTS : await partSizesOf(file, parts, store);
  const needsMd5 = typeof recorded?.md5 === 'string';
  const content = new PassingContent({ size, state, partSizes, needsMd5 });
  try {
    for await (const range of readAhead(file, { ...options, versionId: versionOf(state) })) {
      content.update(range.bytes);
      await output.write(range.bytes);
      // Not if that fails: the output may still hold the memory.
      range.release();
    }
  } catch (error) {
    if (output.bytes === begun || !isAboutAnotherWrite(error)) throw error;
    throw new RestoreError('OBJECT_CHANGED', 'it was overwritten while it was read');
  }
  const object = { ...file, state, partSizes, etagIsDigest: state.etagIsDigest === true };
  const { judgement, refusal } = await judgeRead(object, content, { ...options, recorded });
  if (refusal !== undefined) throw new RestoreError('CONTENT_DIFFERS', refusal);
  const isProved = judgement.kind === 'proved';
  return {
    ...file,
    md5: content.knownMd5,
    proof: isProved ? judgement.proof : undefined,
    unproved: isProved ? undefined : judgement.reason,
    attempts: 1,
  };
}

/** Version of the write, if its bucket keeps it when it is overwritten. */
function versionOf({ versionId }: ObjectState): string | undefined {
  return versionId === 'null' ? undefined : versionId;
}
