import type { Fate, ItemCode, ProofKind } from '../core/outcomes.ts';
import type { SourceContent } from '../source/content.ts';
import type { Identity } from '../source/identity.ts';
import type { SourceRoot } from '../source/root.ts';

/** A file that the scan or the list came upon. */
export interface Found {
  readonly root: SourceRoot;
  /** Relative to the source root, `/`-separated. */
  readonly path: string;
  /** The ETag of what this run has written under the key before: the file has changed since. */
  readonly writtenBefore?: string | undefined;
  /** For a symbolic link: whether its file is to be uploaded under its name, or the link itself. Neither is deleted. */
  readonly link?: 'follow' | 'store' | undefined;
}

/** ... that is to be backed up, under this key. */
export interface Selected extends Found {
  readonly key: string;
  /** Whether it is a file of rules that say what is left out of its folder. It is never deleted. */
  readonly isRuleFile?: boolean | undefined;
}

/** What hash adds: the open file and its bytes. */
export interface Read {
  readonly content: SourceContent;
}

/** One write of one object, as S3 told it. */
export interface ObjectWrite {
  /** Without quotes. */
  readonly etag: string;
  /** Where the bucket keeps versions. */
  readonly versionId: string | undefined;
  /** For a multipart upload: the ETag that our own part MD5s make. */
  readonly partsEtag: string | undefined;
}

/** An object that was found to have a file's content. */
export interface ExistingObject extends ObjectWrite {
  /** Whether that was found out by reading it back. Default false. */
  readonly isReadBack?: boolean | undefined;
}

export interface Hashed extends Selected, Read {
  /** An object under the key that has this content already, so that nothing need be sent. */
  readonly existing?: ExistingObject | undefined;
  /** Whether the upload must find nothing under the key. */
  readonly ifAbsent?: boolean | undefined;
  /** The ETag of the object that the upload must find under the key, and no other. */
  readonly ifMatch?: string | undefined;
}

/** A file that S3 has acknowledged, or held already. This is not a proof. */
export interface Uploaded extends Hashed, ObjectWrite {
  /** Requests that carried this file, retries included; 0 when S3 had it already. */
  readonly attempts: number;
  /** Bytes of it that an earlier run had sent, and this one need not send again. */
  readonly resumedBytes: number;
}

/** ... of which S3, asked again, showed that it holds the same bytes. */
export interface Verified extends Uploaded {
  readonly proof: ProofKind;
}

/** What can become of a file, and why. Each command has its own fates and codes. */
export interface Outcome {
  readonly fate: string;
  readonly code: string;
}

/** What can become of a file that is backed up, and why. */
export interface BackupOutcome {
  readonly fate: Fate;
  readonly code: ItemCode;
}

/**
 * The envelope that flows: how far one file has come, or what became of it. The wrapper (instead of a bare union)
 * is what lets the compiler refuse a pipeline in which delete-source stands before verify.
 */
export type Item<T, E extends Outcome = BackupOutcome> =
  | { readonly settled: false; readonly file: T }
  | { readonly settled: true; readonly settlement: Settlement<E> };

/**
 * An item between two stages. `of` is never there: without it a settled item would do anywhere, and a file that has come
 * further for one that has not; stream-chain's check is content with either, and would accept any order of stages.
 */
export type Flow<T, E extends Outcome = BackupOutcome> = Item<T, E> & { readonly of?: (file: T) => T };

/**
 * Items are made by classes, and so is what a page of a listing has: V8 comes to put what a literal makes where only a full
 * collection frees it, with all that hangs on it. That took 150 MB instead of 124 for 100,000 unchanged files (`npm run
 * bench:unchanged -- --only flat`), and not in every run: `--trace-pretenuring-statistics` shows when.
 */
class OpenItem<T> {
  readonly settled = false;
  readonly file: T;

  constructor(file: T) {
    this.file = file;
  }
}

class SettledItem<E extends Outcome> {
  readonly settled = true;
  readonly settlement: Settlement<E>;

  constructor(settlement: Settlement<E>) {
    this.settlement = settlement;
  }
}

/** Makes the item that hands a file on to the next stage. */
export function pass<T>(file: T): Item<T, never> {
  return new OpenItem(file);
}

/** The fields that a settlement is made from: the path, and as much else as is known of the file. */
export type SettledFields = { path: string; size?: number | undefined; md5?: string | undefined } & Pick<
  Found,
  'link'
> & {
    readonly [K in keyof Omit<Verified, keyof Found>]?: Verified[K] | undefined;
  };

/** Why a file ended here. `attempts` is given where the upload failed and so left none on the file. */
export interface Reason<E extends Outcome = BackupOutcome> {
  readonly code: E['code'];
  readonly reason: string;
  readonly attempts?: number;
}

/** What the report says of one file. */
export class Settlement<E extends Outcome = BackupOutcome> {
  readonly path: string;
  readonly fate: E['fate'];
  readonly code: E['code'] | undefined;
  readonly reason: string | undefined;
  readonly key: string | undefined;
  readonly size: number | undefined;
  /** As the file was when it was opened. */
  readonly identity: Identity | undefined;
  readonly md5: string | undefined;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly proof: ProofKind | undefined;
  readonly attempts: number;
  readonly resumedBytes: number;
  readonly link: Found['link'];

  constructor(file: SettledFields, fate: E['fate'], why: Reason<E> | undefined) {
    const { content } = file;
    this.path = file.path;
    this.fate = fate;
    this.code = why?.code;
    this.reason = why?.reason;
    this.key = file.key;
    this.size = file.size ?? content?.size;
    this.identity = content?.identity;
    this.md5 = file.md5 ?? content?.md5;
    this.etag = file.etag;
    this.versionId = file.versionId;
    this.proof = file.proof;
    this.attempts = file.attempts ?? why?.attempts ?? 0;
    this.resumedBytes = file.resumedBytes ?? 0;
    this.link = file.link;
  }
}

/** Ends a file's way through the pipeline: closes what it holds open and keeps what the report needs. */
export function settle<E extends Outcome = BackupOutcome>(
  file: SettledFields,
  fate: E['fate'],
  why?: Reason<E>,
): Item<never, E> {
  const settlement = new Settlement<E>(file, fate, why);
  file.content?.close();
  return new SettledItem(settlement);
}
