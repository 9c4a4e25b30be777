import type { Resource } from './resource.ts';

/** What a run tells another that finds it at work. */
export interface LockHolder {
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly source: string;
  readonly target: string;
}

/** What a run writes into its lock: what it works on, and who it is. */
export interface LockRecord {
  readonly resources: readonly Resource[];
  readonly holder: LockHolder;
}

/** Two paths of 4096 bytes and a key of 1024, each written twice with every byte escaped (`\u0001`), need less. */
export const MAX_RECORD_BYTES = 128 * 1024;
const MAX_RESOURCES = 16;

/** @returns undefined if the text is no record: broken JSON, a missing field, another type */
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
  const { tree, path, name } = (value ?? {}) as Partial<Resource>;
  return [tree, path, name].every((field) => typeof field === 'string');
}

function isHolder(value: unknown): value is LockHolder {
  const { pid, since, source, target } = (value ?? {}) as Partial<LockHolder>;
  return Number.isSafeInteger(pid) && [since, source, target].every((field) => typeof field === 'string');
}
