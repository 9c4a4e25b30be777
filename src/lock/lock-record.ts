import type { KeyRange } from '../core/key-range.ts';
import type { Resource } from './resource.ts';

/** Identity of a run, shown to the user of another run that conflicts with it. */
export interface LockHolder {
  readonly pid: number;
  /** Start of the run: ISO 8601, UTC. */
  readonly since: string;
  readonly source: string;
  readonly target: string;
}

/** Record that a run writes into its lock: the resources that it works on, and its identity. */
export interface LockRecord {
  readonly resources: readonly Resource[];
  readonly holder: LockHolder;
}

/**
 * Size limit of a record. Two paths of 4,096 bytes and a key of 1,024, each written twice, fit, with two bounds of 1,024 bytes for
 * each of the three, all fully escaped (`\u0001`).
 */
export const MAX_RECORD_BYTES = 192 * 1024;
const MAX_RESOURCES = 16;

/** Parses the text of a record. @returns undefined for broken JSON, a missing field or one of another type */
export function parseRecord(text: string): LockRecord | undefined {
  try {
    const { resources, holder } = JSON.parse(text) as Partial<LockRecord>;
    const isRecord = Array.isArray(resources) && resources.length <= MAX_RESOURCES;
    if (!isRecord || !resources.every(isResource) || !isHolder(holder)) return undefined;
    return { resources, holder };
  } catch {
    return undefined;
  }
}

function isResource(value: unknown): value is Resource {
  const { tree, path, name, range } = (value ?? {}) as Partial<Resource>;
  return [tree, path, name].every((field) => typeof field === 'string') && isRange(range);
}

/** A range is left out if the run works on all keys. */
function isRange(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { from, to } = value as KeyRange;
  return [from, to].every((bound) => bound === undefined || typeof bound === 'string');
}

function isHolder(value: unknown): value is LockHolder {
  const { pid, since, source, target } = (value ?? {}) as Partial<LockHolder>;
  return Number.isSafeInteger(pid) && [since, source, target].every((field) => typeof field === 'string');
}
