import { gunzipSync, gzipSync } from 'node:zlib';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type BackedUp, PREFIX } from './backed-up.ts';
import { bytesOf, keysIn } from './bucket.ts';
import { TEST_BUCKET } from './s3-server.ts';

const RUNS = '.s3-backup/runs/';
const ENDING = '.ndjson.gz';
/** How the ids of stored copies end. */
const ZEROS = '-00000000';

/** Changes to a stored manifest. */
export interface Changes {
  /** Fields of its first line that get other values. */
  readonly head?: Readonly<Record<string, unknown>>;
  /** Metadata of its object. Default: those of the run. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Ids of the runs whose manifests are stored. */
export async function runsIn(client: S3Client): Promise<string[]> {
  const keys = (await keysIn(client)).filter((key) => key.startsWith(PREFIX + RUNS));
  return keys.map((key) => key.slice((PREFIX + RUNS).length, -ENDING.length));
}

/**
 * Stores a copy of a run's manifest, as that of a run that began some hours ago.
 *
 * @returns the id of that run
 */
export async function storeEarlierRun(
  { client, put }: BackedUp,
  hours: number,
  { head = {}, metadata }: Changes = {},
): Promise<string> {
  const ids = await runsIn(client);
  const id = ids.find((each) => !each.endsWith(ZEROS)) ?? ids[0];
  const Key = PREFIX + RUNS + id + ENDING;
  const [first = '', ...rest] = gunzipSync(await bytesOf(client, Key))
    .toString()
    .split('\n');
  const header = JSON.parse(first);
  const began = new Date(Date.now() - hours * 3_600_000).toISOString();
  const run = `${began.replace(/[-:]|\.\d+/g, '')}${ZEROS}`;
  const line = JSON.stringify({ ...header, run, start_time: began, end_time: began, ...head });
  const { Metadata = {} } = await client.send(new HeadObjectCommand({ Bucket: TEST_BUCKET, Key }));
  await put(RUNS + run + ENDING, gzipSync([line, ...rest].join('\n')), { Metadata: metadata ?? Metadata });
  return run;
}
