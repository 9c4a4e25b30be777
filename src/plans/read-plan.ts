import { BackupError } from '../core/errors.ts';
import type { Store } from '../s3/store.ts';
import { isNotFound, StoreError } from '../s3/store-error.ts';
import { type Plan, planKey } from './plan.ts';

/** Version of the form of a plan that this program reads. */
const VERSION = 1;
const TEXTS = ['id', 'source', 'bucket', 'prefix', 'settings'] as const satisfies readonly (keyof Plan)[];

/**
 * Reads a plan in the bucket.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @throws BackupError `PLAN_NOT_FOUND`, `PLAN_UNREADABLE`; StoreError
 */
export async function readPlan(store: Store, prefix: string, id: string): Promise<Plan> {
  const key = planKey(prefix, id);
  const name = `s3://${store.bucket}/${key}`;
  try {
    const { bytes } = await store.read({ key });
    return parsePlan(String(bytes), { id, name });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'InvalidObjectState')
      throw unreadable(name, 'it is archived');
    if (!isNotFound(error) || (error as StoreError).code === 'NoSuchBucket') throw error;
    throw new BackupError('PLAN_NOT_FOUND', `There is no plan ${name}.`, {
      hint: 'Use the bucket, the prefix and the id that `s3-backup plan` has printed.',
      cause: error,
    });
  }
}

function parsePlan(text: string, { id, name }: { readonly id: string; readonly name: string }): Plan {
  const plan = objectOf(text);
  if (plan === undefined) throw unreadable(name, 'it is no JSON object');
  const { s3_backup_plan: version, ranges } = plan;
  if (version !== VERSION)
    throw unreadable(name, `its version is ${shown(version)}; this program reads version ${VERSION}`);
  const wrong = TEXTS.find((field) => typeof plan[field] !== 'string');
  if (wrong !== undefined) throw unreadable(name, `its ${wrong} is ${shown(plan[wrong])}, not a string`);
  if (plan.id !== id) throw unreadable(name, `it is plan ${shown(plan.id)}`);
  if (!Array.isArray(ranges) || ranges.length === 0 || !ranges.every(isRange))
    throw unreadable(name, 'it has no ranges, or one whose bounds are neither strings nor null');
  return plan as unknown as Plan;
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isRange(value: unknown): boolean {
  const { from, to } = (value ?? {}) as Record<string, unknown>;
  return [from, to].every((bound) => bound === null || typeof bound === 'string');
}

/** A value as JSON, short enough for a message. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 100);
}

function unreadable(name: string, flaw: string): BackupError {
  return new BackupError('PLAN_UNREADABLE', `The plan ${name} cannot be used: ${flaw}.`, {
    hint: 'Make a new plan with this version of the program.',
  });
}
