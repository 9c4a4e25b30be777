import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { AbortRule } from '../lifecycle.ts';

/** What a lifecycle rule says of unfinished uploads. One that is only about tags or sizes is none: an upload has neither. */
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
