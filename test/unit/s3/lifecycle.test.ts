import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LifecycleRule } from '@aws-sdk/client-s3';
import { abortRuleFor } from '../../../src/s3/lifecycle.ts';
import { abortRuleOf } from '../../../src/s3/sdk/abort-rule.ts';

const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } };

function daysFor(prefix: string, ...rules: Partial<LifecycleRule>[]): number | undefined {
  const all = rules.map((rule): LifecycleRule => ({ Status: 'Enabled', ...abort, ...rule }));
  return abortRuleFor(all.flatMap(abortRuleOf), prefix)?.days;
}

for (const [what, rule, days] of [
  ['without a filter', {}, 7],
  ['for all keys', { Filter: {} }, 7],
  ['for an empty prefix', { Filter: { Prefix: '' } }, 7],
  ['for the prefix', { Filter: { Prefix: 'office/' } }, 7],
  ['for a shorter prefix', { Filter: { Prefix: 'off' } }, 7],
  ['for the prefix, in the old way', { Prefix: 'office/' }, 7],
  ['for a longer prefix', { Filter: { Prefix: 'office/a' } }, undefined],
  ['for another prefix', { Prefix: 'home/' }, undefined],
  ['for a tag', { Filter: { Tag: { Key: 'a', Value: 'b' } } }, undefined],
  ['for a size', { Filter: { ObjectSizeGreaterThan: 1 } }, undefined],
  ['for several things', { Filter: { And: { Prefix: '', ObjectSizeLessThan: 9 } } }, undefined],
  ['that is disabled', { Status: 'Disabled' }, undefined],
  ['that only expires objects', { AbortIncompleteMultipartUpload: undefined }, undefined],
] as const) {
  test(`a rule ${what} ${days ? 'is' : 'is not'} one for the prefix`, () => {
    assert.equal(daysFor('office/', rule), days);
  });
}

test('the rule that aborts first counts', () => {
  const three = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } };
  assert.equal(daysFor('a', {}, three), 3);
});
