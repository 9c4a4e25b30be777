import { isUtf8 } from 'node:buffer';
import { type Content, type Findings, rawPath } from './findings.ts';

interface Account {
  /** Every content that the file legitimately had, the last one last. */
  readonly versions: Content[];
  /** Whether somebody else has removed it, so that nothing of it is owed. */
  gone: boolean;
}

/** What may be found, where a case says so. */
export interface Allowances {
  /** Objects that a fault has spoilt. They save no file, but are no mixture of ours either. */
  readonly spoilt?: ReadonlySet<string> | undefined;
  /** Whether files may wait in claim folders: a run was killed. */
  readonly claims?: boolean | undefined;
}

/**
 * Knows, independently of every report, what must not be lost: each content of each file of the source, what others
 * have stored in the bucket, and the files beside the source.
 */
export class Ledger {
  readonly prefix: string;
  readonly #accounts = new Map<string, Account>();
  readonly #foreign = new Map<string, Content>();
  readonly #replaceable = new Set<string>();
  readonly #outside = new Map<string, Content>();

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** The file has this content from now on. */
  note(raw: string, content: Content): void {
    const account = this.#accounts.get(raw) ?? { versions: [], gone: false };
    account.versions.push(content);
    account.gone = false;
    this.#accounts.set(raw, account);
  }

  /** Somebody else has removed the file. */
  forget(raw: string): void {
    const account = this.#accounts.get(raw);
    if (account) account.gone = true;
  }

  /** Somebody else has stored this; it must stay. */
  noteObject(key: string, content: Content): void {
    this.#foreign.set(key, content);
  }

  /** Somebody may overwrite this object, and over no other: the user said so. */
  release(key: string): void {
    this.#foreign.delete(key);
  }

  /** Somebody else's object may stay or be overwritten by the file of its name: the user said so. */
  noteReplaceable(key: string): void {
    this.#replaceable.add(key);
  }

  noteOutside(raw: string, content: Content): void {
    this.#outside.set(raw, content);
  }

  get paths(): string[] {
    return [...this.#accounts].filter(([, { gone }]) => !gone).map(([raw]) => raw);
  }

  versionsOf(raw: string): readonly Content[] {
    return this.#accounts.get(raw)?.versions ?? [];
  }

  isGone(raw: string): boolean {
    return this.#accounts.get(raw)?.gone ?? false;
  }

  /** Undefined for a name that cannot be a key. */
  keyOf(raw: string): string | undefined {
    const bytes = Buffer.from(raw, 'latin1');
    return isUtf8(bytes) ? this.prefix + bytes.toString() : undefined;
  }

  /** The invariant: what of it does not hold. Empty when nothing was lost. */
  losses(found: Findings, allowed: Allowances = {}): string[] {
    return [
      ...this.#lostFiles(found, allowed),
      ...this.#strangeObjects(found, allowed),
      ...[...this.#foreign]
        .filter(([key]) => !this.#replaceable.has(key))
        .filter(([key, { sha256 }]) => found.objects.get(key)?.sha256 !== sha256)
        .map(([key]) => `somebody else's object is gone: ${JSON.stringify(key)}`),
      ...[...this.#outside]
        .filter(([raw, { sha256 }]) => found.outside.get(raw)?.sha256 !== sha256)
        .map(([raw]) => `a file outside the source is gone: ${JSON.stringify(raw)}`),
    ];
  }

  #lostFiles(found: Findings, { claims }: Allowances): string[] {
    return this.paths
      .filter((raw) => {
        const last = this.versionsOf(raw).at(-1)?.sha256;
        const places = [found.files.get(raw), found.objects.get(this.keyOf(raw) ?? '')];
        if (claims) places.push(found.claimed.get(raw));
        return !places.some((content) => content?.sha256 === last);
      })
      .map((raw) => `lost: ${JSON.stringify(raw)} is neither here nor in S3`);
  }

  /** An object that is neither what the file was at some time nor somebody else's is a mixture. */
  #strangeObjects({ objects }: Findings, { spoilt }: Allowances): string[] {
    return [...objects]
      .filter(([key, { sha256 }]) => {
        if (spoilt?.has(key) || this.#foreign.get(key)?.sha256 === sha256) return false;
        const versions = this.versionsOf(rawPath(key.slice(this.prefix.length)));
        return !versions.some((version) => version.sha256 === sha256);
      })
      .map(([key]) => `the object is no content that the file ever had: ${JSON.stringify(key)}`);
  }
}
