import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { AbortRule } from '../lifecycle.ts';

/**
 * Reads the part of a lifecycle rule that aborts unfinished uploads; undefined if there is none. A rule for tags or sizes does
 * not apply, since an unfinished upload has neither.
 */
export function abortRuleOf({
  Status,
  AbortIncompleteMultipartUpload,
  ...about
}: LifecycleRule): AbortRule[] {
  const days = AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  if (Status !== 'Enabled' || days === undefined) return [];
  const { And, Prefix: prefix = '', ...others } = about.Filter ?? { Prefix: about.Prefix };
  const isNarrower = And !== undefined || Object.values(others).some((value) => value !== undefined);
  return isNarrower ? [] : [{ prefix, days }];
}
