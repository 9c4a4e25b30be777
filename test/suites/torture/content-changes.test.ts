import { test } from 'node:test';
import type { BackupOptions } from '../../../src/index.ts';
import type { Operation } from '../../../src/s3-server/index.ts';
import { CHANGES } from '../../support/changes.ts';
import { usePlace } from '../../support/place.ts';
import { MIB } from '../../support/run.ts';

const NAME = 'sub/victim';

/** When something happens to a file, for the requests that carry a small one and one of three parts. */
interface Moment {
  readonly name: string;
  readonly content: Buffer;
  readonly operation: Operation;
  /** Requests of this operation that pass before. */
  readonly skip?: number;
  /** Retrying shows both what happens to the file that changed and to the one that it became. */
  readonly policies: readonly NonNullable<BackupOptions['onChange']>[];
}

const ALL = ['fail', 'retry', 'skip'] as const;

const SMALL = Buffer.from('what is there before the run begins');
const LARGE = Buffer.alloc(10 * MIB + 17, 'three parts ');

const MOMENTS: readonly Moment[] = [
  { name: 'while its bytes are sent', content: SMALL, operation: 'PutObject', policies: ALL },
  {
    name: 'after it was stored and before that is proved',
    content: SMALL,
    operation: 'HeadObject',
    policies: ALL,
  },
  {
    name: 'before the first of its parts is sent',
    content: LARGE,
    policies: ['retry'],
    operation: 'CreateMultipartUpload',
  },
  {
    name: 'while its second part is sent',
    content: LARGE,
    policies: ['retry'],
    operation: 'UploadPart',
    skip: 1,
  },
  {
    name: 'while its parts are put together',
    content: LARGE,
    policies: ['retry'],
    operation: 'CompleteMultipartUpload',
  },
  {
    name: 'after its parts were stored and before that is proved',
    content: LARGE,
    policies: ['retry'],
    operation: 'HeadObject',
  },
];

for (const { name: what, act, onRetry = 'deleted' } of CHANGES) {
  for (const { name: when, content, operation, policies, skip = 0 } of MOMENTS) {
    test(`a file that is ${what} ${when} is not lost`, async (t) => {
      for (const onChange of policies) {
        await t.test(`on_change: ${onChange}`, async (t) => {
          const place = await usePlace(t, { bystander: 'untouched', [NAME]: content });
          place.at(operation, NAME, () => act(place, NAME), skip);
          const report = await place.move({ onChange });
          await place.judge(report, { bystander: 'deleted', [NAME]: endOf(onChange, onRetry) });
        });
      }
    });
  }
}

function endOf(onChange: BackupOptions['onChange'], onRetry: string): string {
  if (onChange === 'retry') return onRetry;
  return onChange === 'skip' ? 'skipped FILE_CHANGED' : 'failed FILE_CHANGED';
}
