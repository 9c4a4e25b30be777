import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { type RestoreEntry, type RestoreOptions, type RestoreReport, restore } from '../../src/index.ts';
import type { S3Server, S3ServerOptions } from '../../src/s3-server/index.ts';
import { NO_CHECKSUMS, useBucketClient } from './bucket.ts';
import { optionsFor } from './run.ts';
import { TEST_BUCKET, useS3Server } from './s3-server.ts';
import { namesIn, useFolder } from './tree.ts';

/** An endpoint, a client that shares nothing with the code under test, and a folder to restore to. */
export interface RestorePlace {
  readonly server: S3Server;
  readonly client: S3Client;
  /** Beside the folder that is restored to. */
  readonly root: string;
  readonly to: string;
  /** Of something in the folder that is restored to. */
  path(name: string): string;
  put(key: string, body: string | Buffer, more?: Partial<PutObjectCommandInput>): Promise<void>;
  restore(more?: Partial<RestoreOptions>): Promise<RestoreReport>;
  /** What stands in the folder, if it is there: a folder's path ends with a slash, a link shows its target. */
  content(): Record<string, string>;
}

export async function useRestorePlace(
  t: TestContext,
  options: Partial<S3ServerOptions> = {},
): Promise<RestorePlace> {
  const server = await useS3Server(t, options);
  const client = useBucketClient(t, server, NO_CHECKSUMS);
  const root = useFolder(t);
  const to = join(root, 'to');
  return {
    server,
    client,
    root,
    to,
    path: (name) => join(to, name),
    put: async (Key, Body, more) => {
      await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body, ...more }));
    },
    restore: (more) => restoreFrom(server, to, more),
    content: () => contentOf(to),
  };
}

export function restoreFrom(
  server: S3Server,
  to: string,
  more: Partial<RestoreOptions> = {},
): Promise<RestoreReport> {
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, '');
  return restore({ bucket, endpointUrl, region, credentials, to, maxAttempts: 3, ...more });
}

export function contentOf(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    namesIn(folder).map((name) => {
      const full = join(folder, name);
      const stats = lstatSync(full);
      if (stats.isDirectory()) return [`${name}/`, ''];
      // Decoding many random bytes as UTF-8 takes seconds.
      const encoding = stats.size > 1024 ** 2 ? 'latin1' : 'utf8';
      return [name, stats.isSymbolicLink() ? `-> ${readlinkSync(full)}` : readFileSync(full, encoding)];
    }),
  );
}

/** What became of each object: `failed UNSAFE_KEY`, by its key. */
export function endsOf({ files }: RestoreReport): Record<string, string> {
  return Object.fromEntries(
    files.map(({ key, path, fate, code }) => [key ?? path, code === null ? fate : `${fate} ${code}`]),
  );
}

export function onlyEntry({ files }: RestoreReport): RestoreEntry {
  const [entry, ...others] = files;
  assert.ok(entry && others.length === 0, JSON.stringify(files));
  return entry;
}
