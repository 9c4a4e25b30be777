import assert from 'node:assert/strict';
import { sep } from 'node:path';
import { test } from 'node:test';
import { destinationResource, folderResource, overlaps, type Resource } from '../../../src/lock/resource.ts';

const folder = (path: string) => folderResource(path.replaceAll('/', sep));
const destination = (prefix: string, bucket = 'bucket', endpointUrl?: string) =>
  destinationResource({ bucket, prefix, endpointUrl });

const part = (of: Resource, from?: string, to?: string): Resource => ({
  ...of,
  name: `${of.name} from ${from} to ${to}`,
  range: { from, to },
});

const CASES: readonly (readonly [Resource, Resource, boolean])[] = [
  [folder('/srv/data'), folder('/srv/data'), true],
  [folder('/srv/data'), folder('/srv/data/sub'), true],
  [folder('/'), folder('/srv/data'), true],
  [folder('/srv/data'), folder('/srv/data2'), false],
  [folder('/srv/data/one'), folder('/srv/data/two'), false],
  [destination('office/'), destination('office/'), true],
  [destination('office/'), destination('office/2026/'), true],
  [destination(''), destination('office/'), true],
  [destination('office/'), destination('office2/'), false],
  [destination('office/2025/'), destination('office/2026/'), false],
  [destination('office/'), destination('office/', 'other'), false],
  [destination('', 'bucket', 'http://localhost:1'), destination('a/', 'bucket', 'http://127.0.0.1:1/'), true],
  [destination('', 'bucket', 'http://localhost:1'), destination('', 'bucket', 'http://localhost:2'), false],
  [destination('', 'bucket', 'http://localhost:1'), destination(''), false],
  [folder('/'), destination(''), false],
  [part(folder('/srv'), undefined, 'k'), part(folder('/srv'), 'k'), false],
  [part(destination('p/'), 'a', 'k'), part(destination('p/'), 'k', 'z'), false],
  [part(destination('p/'), 'a', 'k/'), part(destination('p/'), 'k', 'z'), true],
  [part(folder('/srv'), 'a', 'k'), part(folder('/srv'), 'a', 'k'), true],
  [part(folder('/srv'), 'a', 'k'), folder('/srv'), true],
  // A range is of one folder's keys, and tells nothing about those of another.
  [part(folder('/srv'), 'a', 'k'), part(folder('/srv/x'), 'k'), true],
];

for (const [one, other, expected] of CASES) {
  test(`${one.name} and ${other.name} ${expected ? 'overlap' : 'do not overlap'}`, () => {
    assert.deepEqual([overlaps(one, other), overlaps(other, one)], [expected, expected]);
  });
}
