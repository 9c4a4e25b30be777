import type { BackupOptions } from '../../backup/options.ts';
import { normalPrefix } from '../../core/key.ts';
import { abortRuleFor } from '../../s3/lifecycle.ts';
import type { Store } from '../../s3/store.ts';
import { StoreError } from '../../s3/store-error.ts';
import type { Check } from './check.ts';

const name = 'unfinished uploads';

/** Reports whether a lifecycle rule of the bucket removes the parts that killed runs leave; without one it warns. */
export async function checkUnfinished(
  store: Store,
  { prefix = '', bucket }: Pick<BackupOptions, 'prefix' | 'bucket'>,
): Promise<Check> {
  const below = normalPrefix(prefix);
  const where = below === '' ? `in ${bucket}` : `below ${below}`;
  try {
    const rule = abortRuleFor(await store.abortRules(), below);
    if (rule === undefined) return withoutRule(where);
    return { name, passed: true, detail: `a lifecycle rule aborts them after ${daysOf(rule.days)}` };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'NoSuchLifecycleConfiguration') return withoutRule(where);
    return unknown(error);
  }
}

function withoutRule(where: string): Check {
  return {
    name,
    passed: true,
    mark: '!',
    detail: `no lifecycle rule aborts them ${where}: parts that a killed run leaves keep costing money`,
    hint: 'Add a rule with AbortIncompleteMultipartUpload, or run `s3-backup cleanup` regularly.',
  };
}

function unknown({ status, message }: StoreError): Check {
  const hint =
    status === 403
      ? 'Allow s3:GetLifecycleConfiguration for this check.'
      : 'This store may not support lifecycle rules; `s3-backup cleanup` removes unfinished uploads instead.';
  return { name, passed: true, mark: '-', detail: `unknown: ${message}`, hint };
}

function daysOf(count: number): string {
  return `${count} ${count === 1 ? 'day' : 'days'}`;
}
