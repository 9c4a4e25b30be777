import assert from 'node:assert/strict';
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import { SourceError } from '../../../src/source/source-error.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent, useSource } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, assertNothingLeft, outcomeOf, partsEtagOf, storeErrorOf } from './support/truth.ts';

const FAULTS = 'a real store does not fail on purpose';
const FORBIDDEN: FaultAction = { kind: 'error', status: 403, code: 'AccessDenied' };
const SIZE = PART + 7;

for (const [what, fault, outcome] of [
  ['is forbidden', FORBIDDEN, '403 AccessDenied'],
  ['fails every time', { kind: 'error', status: 500, code: 'InternalError' }, '500 InternalError'],
  ['is cut off every time', { kind: 'reset', afterBytes: 1000 }, /^no answer E(CONNRESET|PIPE)$/],
] as const) {
  contract(
    `a part that ${what} ends the upload, and no parts are left`,
    { embeddedOnly: FAULTS },
    async (bench) => {
      const { t, target, store } = bench;
      target.server?.faults.plan({ operation: 'UploadPart', skip: 1, times: 99, do: fault });
      const upload = store({ maxAttempts: 2 }).upload('key', await useContent(t, bytesOfLength(SIZE)));
      if (typeof outcome === 'string') assert.equal(await outcomeOf(upload), outcome);
      else assert.match(await outcomeOf(upload), outcome);
      await assertNothingLeft(target);
    },
  );
}

contract(
  'parts that cannot be removed are told of',
  { embeddedOnly: FAULTS },
  async ({ t, target, store }) => {
    target.server?.faults.plan({ operation: 'UploadPart', skip: 1, do: FORBIDDEN });
    const refused = target.server?.faults.plan({ operation: 'AbortMultipartUpload', do: FORBIDDEN });
    const upload = store().upload('key', await useContent(t, bytesOfLength(SIZE)));
    const { code, message } = await storeErrorOf(upload);
    assert.equal(code, 'AccessDenied');
    assert.match(message, /UploadPart: AccessDenied.*parts of upload \S+ could not be removed.*AccessDenied/);
    assert.equal(refused?.fired, 1);
  },
);

contract(
  'an upload that cannot begin sends no parts',
  { embeddedOnly: FAULTS },
  async ({ t, target, store }) => {
    target.server?.faults.plan({ operation: 'CreateMultipartUpload', do: FORBIDDEN });
    const upload = store().upload('key', await useContent(t, bytesOfLength(SIZE)));
    assert.equal(await outcomeOf(upload), '403 AccessDenied');
    assert.deepEqual(
      target.server?.requests.map(({ operation }) => operation),
      ['CreateMultipartUpload'],
    );
  },
);

const NOT_YET: FaultAction = { kind: 'error', status: 404, code: 'NoSuchKey' };

const LOST: Readonly<Record<string, readonly FaultAction[]>> = {
  'is lost': [{ kind: 'lost-answer' }],
  'is lost, and NoSuchUpload when asked again': [
    { kind: 'lost-answer' },
    { kind: 'error', status: 404, code: 'NoSuchUpload' },
  ],
  'breaks off': [{ kind: 'reset-response', afterBytes: 100 }],
  'is an error in a 200, once': [{ kind: 'error-in-200', code: 'InternalError' }],
  'is a 500, once': [{ kind: 'error', status: 500, code: 'InternalError' }],
};

for (const [what, faults] of Object.entries(LOST)) {
  contract(
    `a completion whose answer ${what} is decided by looking`,
    { embeddedOnly: FAULTS },
    async (bench) => {
      const { t, target, store } = bench;
      const bytes = bytesOfLength(SIZE);
      for (const fault of faults) {
        target.server?.faults.plan({ operation: 'CompleteMultipartUpload', do: fault });
      }
      // Only what cannot be seen yet is asked for again.
      if (faults.length > 1) target.server?.faults.plan({ operation: 'HeadObject', do: NOT_YET });
      const { etag, partsEtag } = await store().upload('key', await useContent(t, bytes));
      assert.deepEqual([etag, partsEtag], [partsEtagOf(bytes), partsEtagOf(bytes)]);
      await assertHolds(target, 'key', bytes);
    },
  );
}

for (const [what, fault, outcome] of [
  ['an error in a 200', { kind: 'error-in-200', code: 'InternalError' }, /^(200|503) InternalError$/],
  ['a web page', { kind: 'html-200' }, /^200 /],
  ['InvalidPart', { kind: 'error', status: 400, code: 'InvalidPart' }, '400 InvalidPart'],
] as const) {
  contract(
    `${what} for a completion is no success, and no parts are left`,
    { embeddedOnly: FAULTS },
    async (bench) => {
      const { t, target, store } = bench;
      target.server?.faults.plan({ operation: 'CompleteMultipartUpload', times: 9, do: fault });
      const upload = store({ maxAttempts: 2 }).upload('key', await useContent(t, bytesOfLength(SIZE)));
      if (typeof outcome === 'string') assert.equal(await outcomeOf(upload), outcome);
      else assert.match(await outcomeOf(upload), outcome);
      await assertNothingLeft(target);
    },
  );
}

const CHANGES: Readonly<Record<string, (path: string) => void>> = {
  truncated: (path) => truncateSync(path, 2 * PART),
  'appended to': (path) => appendFileSync(path, 'more'),
  'overwritten in place': (path) => writeFileSync(path, 'X', { flag: 'r+' }),
};

for (const [what, change] of Object.entries(CHANGES)) {
  contract(
    `a file that is ${what} while it is sent ends with FILE_CHANGED and leaves nothing behind`,
    {},
    async (bench) => {
      const { t, target, store } = bench;
      let read = 0;
      const onRead = (bytes: number) => {
        // With room for four parts the first two are sent when the third is read.
        if (read < 3 * PART && read + bytes >= 3 * PART) change(path);
        read += bytes;
      };
      const { path, content } = await useSource(t, bytesOfLength(4 * PART), { memory: 4 * PART, onRead });
      await assert.rejects(
        store().upload('key', content),
        (error) => error instanceof SourceError && error.code === 'FILE_CHANGED',
      );
      await assertNothingLeft(target);
    },
  );
}
