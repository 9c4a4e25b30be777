import assert from 'node:assert/strict';
import type { Store, StoreOptions } from '../../../src/s3/store.ts';
import { denyBelow } from './support/capabilities.ts';
import { type Bench, contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART, type Target } from './support/target.ts';
import { outcomeOf, unfinishedIn } from './support/truth.ts';

interface Outcomes {
  readonly put: string;
  readonly parts: string;
  /** An answer to HEAD has no body, so that there is only its status to tell by. */
  readonly head: string;
  readonly list: string;
}

/** What each of the four requests ends with. */
async function outcomesOf({ t }: Bench, store: Store, prefix = ''): Promise<Outcomes> {
  const small = await useContent(t, 'content');
  const large = await useContent(t, bytesOfLength(PART + 1));
  return {
    put: await outcomeOf(store.upload(`${prefix}small`, small)),
    parts: await outcomeOf(store.upload(`${prefix}large`, large)),
    head: await outcomeOf(store.head({ key: `${prefix}small` })),
    list: await outcomeOf(store.listPage({ prefix })),
  };
}

function everywhere(outcome: string, head: string): Outcomes {
  return { put: outcome, parts: outcome, head, list: outcome };
}

const REFUSED: Readonly<
  Record<string, { with: (target: Target) => Partial<StoreOptions>; outcomes: Outcomes }>
> = {
  'an access key that is not known': {
    with: ({ credentials }) => ({ credentials: { ...credentials, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }),
    outcomes: everywhere('403 InvalidAccessKeyId', '403 AccessDenied'),
  },
  'a secret that is not that of the access key': {
    with: ({ credentials }) => ({ credentials: { ...credentials, secretAccessKey: 'guessed' } }),
    outcomes: everywhere('403 SignatureDoesNotMatch', '403 AccessDenied'),
  },
  'a bucket that is not there': {
    with: () => ({ bucket: 's3-backup-contract-no-such-bucket' }),
    outcomes: everywhere('404 NoSuchBucket', '404 NoSuchKey'),
  },
};

for (const [what, { with: wrong, outcomes }] of Object.entries(REFUSED)) {
  contract(`${what} is told by its code`, {}, async (bench) => {
    assert.deepEqual(await outcomesOf(bench, bench.store(wrong(bench.target))), outcomes);
  });
}

contract(
  'what is forbidden is told by its code, and no parts are left',
  { needs: 'bucket policies' },
  async (bench) => {
    const { target } = bench;
    await bench.store().upload('denied/small', await useContent(bench.t, 'content'));
    // The embedded endpoint knows no policies.
    if (target.server === undefined) await denyBelow(target, 'denied/');
    target.server?.faults.plan({
      operation: ['PutObject', 'CreateMultipartUpload', 'HeadObject'],
      key: /^denied\//,
      times: 3,
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const forbidden = '403 AccessDenied';
    const outcomes = { put: forbidden, parts: forbidden, head: forbidden, list: 'ok' };
    assert.deepEqual(await outcomesOf(bench, bench.store(), 'denied/'), outcomes);
    assert.deepEqual(await unfinishedIn(target), []);
  },
);

contract('an error says what was asked, what was answered, and nothing of the keys', {}, async (bench) => {
  const { t, target, store } = bench;
  const credentials = { ...target.credentials, secretAccessKey: 'guessed' };
  const upload = store({ credentials }).upload('key', await useContent(t, 'content'));
  await assert.rejects(upload, (error: Error) => {
    assert.match(error.message, /^PutObject: SignatureDoesNotMatch \(HTTP 403\)/);
    const all = `${error.message} ${JSON.stringify(error)} ${error.stack}`;
    assert.ok(!all.includes('guessed') && !all.includes(credentials.accessKeyId), all);
    return true;
  });
});
