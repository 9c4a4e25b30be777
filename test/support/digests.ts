import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { keysIn } from './bucket.ts';
import { TEST_BUCKET } from './s3-server.ts';

/** SHA-256 of every regular file below a folder, by its relative path: for folders that are too large for memory. */
export async function fileDigests(folder: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const folders = [folder];
  for (let here = folders.pop(); here !== undefined; here = folders.pop()) {
    for (const name of readdirSync(here)) {
      const full = join(here, name);
      const stats = lstatSync(full);
      if (stats.isDirectory()) folders.push(full);
      else if (stats.isFile()) digests.set(relative(folder, full), await sha256(createReadStream(full)));
    }
  }
  return digests;
}

/** SHA-256 of every object of the test bucket below a prefix, read back byte by byte, by the rest of its key. */
export async function objectDigests(client: S3Client, prefix: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const Key of await keysIn(client)) {
    if (!Key.startsWith(prefix)) continue;
    const { Body } = await client.send(new GetObjectCommand({ Bucket: TEST_BUCKET, Key }));
    digests.set(Key.slice(prefix.length), await sha256(Body as AsyncIterable<Buffer>));
  }
  return digests;
}

async function sha256(chunks: AsyncIterable<Buffer>): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of chunks) digest.update(chunk);
  return digest.digest('hex');
}
