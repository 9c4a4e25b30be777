import type { Lease } from '../core/memory-budget.ts';
import type { ProofKind } from '../core/outcomes.ts';
import type { Missing } from './item.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** A missing object whose content was read and proved: in memory, or in a file that does not have its name yet. */
export interface Fetched extends Missing {
  readonly body: { readonly bytes: Buffer; readonly lease: Lease } | { readonly temporary: TemporaryFile };
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the whole content, in hex. */
  readonly md5: string;
  /** Undefined where there was none to be had and none is required. */
  readonly proof: ProofKind | undefined;
  /** Why there is no proof. */
  readonly unproved?: string | undefined;
  readonly attempts: number;
  /** Bytes that an earlier run had left, and this one need not read again. */
  readonly resumedBytes: number;
}
