import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import type { S3Server, S3ServerOptions } from '../../src/s3-server/index.ts';
import { NO_CHECKSUMS, useBucketClient } from './bucket.ts';
import {
  type CliInput,
  type CliResult,
  runCli,
  serverEnvironment,
  useWorkplace,
  type Workplace,
} from './cli-context.ts';
import { TEST_BUCKET, useS3Server } from './s3-server.ts';

/** What every key of a backed-up folder begins with. */
export const PREFIX = 'office/';

/** A folder that was backed up, and the program that knows where. */
export interface BackedUp {
  readonly server: S3Server;
  readonly client: S3Client;
  readonly workplace: Workplace;
  readonly env: NodeJS.ProcessEnv;
  readonly run: (argv: readonly string[], input?: CliInput) => Promise<CliResult>;
  /** Stores an object below the prefix, as another program would. */
  readonly put: (path: string, Body: string | Buffer, more?: Partial<PutObjectCommandInput>) => Promise<void>;
}

/** @param argv Of the run; `not-yet` for a folder that the test backs up itself. */
export async function useBackedUp(
  t: TestContext,
  files: Readonly<Record<string, string | Buffer>>,
  argv: readonly string[] | 'not-yet' = [],
  options: { readonly env?: NodeJS.ProcessEnv; readonly server?: Partial<S3ServerOptions> } = {},
): Promise<BackedUp> {
  const server = await useS3Server(t, options.server);
  const client = useBucketClient(t, server, NO_CHECKSUMS);
  const workplace = useWorkplace(t, files);
  const env = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_s3__prefix: PREFIX,
    backup_transfer__part_size: '5MiB',
    ...options.env,
  };
  const run = (words: readonly string[], input: CliInput = {}) =>
    runCli(workplace, words, { ...input, env: { ...env, ...input.env } });
  if (argv !== 'not-yet') {
    const { code, stderr } = await run(argv);
    assert.deepEqual([code, stderr], [0, '']);
  }
  return {
    server,
    client,
    workplace,
    env,
    run,
    put: async (path, Body, more = {}) => {
      await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key: PREFIX + path, Body, ...more }));
    },
  };
}

/** What was printed as a JSON object a line. */
export function ndjson<T = Record<string, unknown>>(text: string): T[] {
  assert.match(text, /^$|\n$/);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
}

/** What `verify --json` has found of each path: `differs`, `same etag-md5`. */
export function resultsIn(stdout: string): Record<string, string> {
  const entries = ndjson<{ path: string; result: string; proof: string | null }>(stdout);
  return Object.fromEntries(
    entries.map(({ path, result, proof }) => [path, proof === null ? result : `${result} ${proof}`]),
  );
}
