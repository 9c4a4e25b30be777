import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';

/** One content that somebody would miss. Contents are all different, so each is known by its bytes. */
export interface Entry {
  /** Its path in the source, or what it is. */
  readonly name: string;
  /** `object`: was in the bucket before the run. `outside`: beside the source, nobody's to delete. */
  readonly role: 'source' | 'outside' | 'object';
  /** SHA-256 of every content that it had, the last one last. */
  readonly versions: readonly string[];
  /** Whether a run that says success must have put it into the bucket. */
  readonly mustUpload: boolean;
  /** Whether a move that says success must have removed it. */
  readonly mustGo: boolean;
}

/** What is to be found after a run. Digests of contents, by nobody's report. */
export interface Findings {
  readonly source: ReadonlySet<string>;
  readonly outside: ReadonlySet<string>;
  /** By key. */
  readonly objects: ReadonlyMap<string, string>;
}

export interface Verdict {
  /** Names of source files whose last content is nowhere any more. */
  readonly lost: string[];
  /** Names of objects that were there before, and are not any more. */
  readonly overwritten: string[];
  /** Names of files outside the source that were deleted. */
  readonly deletedOutside: string[];
  /** What a run that ends with 0 says wrongly: all of the above, and what follows. */
  readonly untrue: string[];
}

/**
 * The one question of this comparison: is the last content of every file still in the source, or in the bucket, byte
 * for byte? Asked of the disk and the bucket alone.
 */
export function judge(
  entries: readonly Entry[],
  found: Findings,
  keyOf: (name: string) => string,
  isMove: boolean,
): Verdict {
  const stored = new Set(found.objects.values());
  const lost: string[] = [];
  const overwritten: string[] = [];
  const deletedOutside: string[] = [];
  const untrue: string[] = [];
  for (const { name, role, versions, mustUpload, mustGo } of entries) {
    const last = versions.at(-1) ?? '';
    if (role === 'object') {
      if (!stored.has(last)) overwritten.push(name);
      continue;
    }
    if (role === 'outside') {
      if (!found.outside.has(last)) deletedOutside.push(name);
      continue;
    }
    if (!found.source.has(last) && !stored.has(last)) lost.push(name);
    const object = found.objects.get(keyOf(name));
    if (mustUpload && !versions.some((version) => stored.has(version)))
      untrue.push(`not in the bucket: ${name}`);
    else if (mustUpload && object !== undefined && !versions.includes(object)) {
      untrue.push(`the object is no content that the file ever had: ${name}`);
    }
    if (mustGo && isMove && found.source.has(last)) untrue.push(`still here: ${name}`);
  }
  untrue.push(...lost.map((name) => `lost: ${name}`), ...overwritten.map((name) => `overwritten: ${name}`));
  untrue.push(...deletedOutside.map((name) => `deleted outside the source: ${name}`));
  return { lost, overwritten, deletedOutside, untrue };
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Digests of all regular files below a folder. Names are bytes: not all of them are UTF-8. */
export function digestsBelow(folder: Buffer): Set<string> {
  const digests = new Set<string>();
  // @types/node 20 has no type for names as bytes.
  const names = readdirSync(folder, { encoding: 'buffer' }) as unknown as Buffer[];
  for (const name of names) {
    const path = Buffer.concat([folder, Buffer.from('/'), name]);
    const stats = lstatSync(path);
    if (stats.isDirectory()) for (const found of digestsBelow(path)) digests.add(found);
    else if (stats.isFile()) digests.add(digest(readFileSync(path)));
  }
  return digests;
}
