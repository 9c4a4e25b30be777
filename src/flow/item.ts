/** The room `flow` moves files through a run: items, stages, concurrency limits, batches, and the stop of a run. */
import type { Fate, ItemCode, ProofKind } from '../core/outcomes.ts';
import type { SourceContent } from '../source/content.ts';
import type { Identity } from '../source/identity.ts';
import type { SourceRoot } from '../source/root.ts';
import type { StreamContent } from '../source/stream-content.ts';

/** A file that the scan or the list found. */
export interface Found {
  readonly root: SourceRoot;
  /** Path relative to the source root, `/`-separated. */
  readonly path: string;
  /** ETag of the object that this run wrote under the key before; the file has changed since then. */
  readonly writtenBefore?: string | undefined;
  /** For a symbolic link: `follow` uploads its file under its name, `store` the link itself. Neither is deleted. */
  readonly link?: 'follow' | 'store' | undefined;
  /** Whether the limit on deletions has counted the file, so that it may be deleted. */
  readonly isCounted?: boolean | undefined;
}

/** A found file that is selected for the backup, with its key. */
export interface Selected extends Found {
  readonly key: string;
  /** Whether the file holds rules that exclude files of its folder. A rule file is never deleted. */
  readonly isRuleFile?: boolean | undefined;
}

/** The fields that hash adds: the open file and its bytes. */
export interface Read {
  readonly content: SourceContent;
}

/** One write of one object, as S3 reported it. */
export interface ObjectWrite {
  /** ETag of the object, without quotes. */
  readonly etag: string;
  /** Version of the object; undefined if the bucket keeps no versions. */
  readonly versionId: string | undefined;
  /** ETag computed from the MD5s of our own parts; undefined if the file was not sent in parts. */
  readonly partsEtag: string | undefined;
}

/** An object that was found to have the content of a file. */
export interface ExistingObject extends ObjectWrite {
  /** Whether the object was read back to find this out. Default false. */
  readonly isReadBack?: boolean | undefined;
}

export interface Hashed extends Selected, Read {
  /** An object under the key that already has this content, so that nothing is sent; undefined if there is none. */
  readonly existing?: ExistingObject | undefined;
  /** Whether the upload must fail if there is an object under the key. */
  readonly ifAbsent?: boolean | undefined;
  /** ETag that the object under the key must have, or the upload fails; undefined for any. */
  readonly ifMatch?: string | undefined;
}

/** What can be uploaded and verified: a hashed file, or a stream that is stored under a key. */
export interface Sendable extends Pick<Hashed, 'path' | 'key' | 'existing' | 'ifAbsent' | 'ifMatch'> {
  readonly content: SourceContent | StreamContent;
}

/** The fields that upload adds: the answer of S3, which is not a proof. */
export interface Acknowledged extends ObjectWrite {
  /** Requests that sent this file, retries included; 0 if S3 had it already. */
  readonly attempts: number;
  /** Bytes of the file that an earlier run had sent, so that this run did not send them again. */
  readonly resumedBytes: number;
  /** Time that the upload took, retries included; undefined if nothing was sent. */
  readonly seconds?: number | undefined;
}

/** A file that S3 has acknowledged, or held already. This is not a proof. */
export interface Uploaded extends Hashed, Acknowledged {}

/** The field that verify adds. */
export interface Proved {
  readonly proof: ProofKind;
}

/** A file that S3, asked again after the upload, has shown to hold with the same bytes. */
export interface Verified extends Uploaded, Proved {}

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
 * The item that flows through the pipeline: a file with the fields of the stages it has passed, or the settlement of a
 * file. The wrapper (instead of a bare union) lets the compiler refuse a pipeline in which delete-source stands before
 * verify.
 */
export type Item<T, E extends Outcome = BackupOutcome> =
  | { readonly settled: false; readonly file: T }
  | { readonly settled: true; readonly settlement: Settlement<E> };

/**
 * An item between two stages. The property `of` never exists at run time. Without it a settled item would fit
 * everywhere, and a file that has passed more stages would fit where one that has passed fewer is expected;
 * stream-chain accepts either, and so any order of stages.
 */
export type Flow<T, E extends Outcome = BackupOutcome> = Item<T, E> & { readonly of?: (file: T) => T };

/**
 * Items, like the entries of a listing page, are made by classes. V8 may allocate the objects of a literal where only a
 * full collection frees them, with all that they refer to (docs/performance.md).
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
  'link' | 'isCounted'
> & {
    readonly [K in keyof Omit<Verified, keyof Found | 'content'>]?: Verified[K] | undefined;
  } & { readonly content?: SourceContent | StreamContent | undefined };

/** Why a file was settled. `attempts` is given if the upload failed, so that the file itself has none. */
export interface Reason<E extends Outcome = BackupOutcome> {
  readonly code: E['code'];
  readonly reason: string;
  readonly attempts?: number;
}

/** What the report says about one file. */
export class Settlement<E extends Outcome = BackupOutcome> {
  readonly path: string;
  readonly fate: E['fate'];
  readonly code: E['code'] | undefined;
  readonly reason: string | undefined;
  readonly key: string | undefined;
  readonly size: number | undefined;
  /** Identity of the file when it was opened; undefined if it was not opened. */
  readonly identity: Identity | undefined;
  readonly md5: string | undefined;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly proof: ProofKind | undefined;
  readonly attempts: number;
  readonly resumedBytes: number;
  readonly seconds: number | undefined;
  readonly link: Found['link'];
  readonly isCounted: Found['isCounted'];

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
    this.seconds = file.seconds;
    this.link = file.link;
    this.isCounted = file.isCounted;
  }
}

/** Settles a file: closes what it holds open and keeps the fields that the report needs. */
export function settle<E extends Outcome = BackupOutcome>(
  file: SettledFields,
  fate: E['fate'],
  why?: Reason<E>,
): Item<never, E> {
  const settlement = new Settlement<E>(file, fate, why);
  file.content?.close();
  return new SettledItem(settlement);
}
