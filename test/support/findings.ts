import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { TEST_BUCKET } from './s3-server.ts';

/** What is known of some bytes without keeping them. */
export interface Content {
  readonly size: number;
  readonly md5: string;
  readonly sha256: string;
}

/** What is there after a run, by nobody's report: the disk and the bucket were read. */
export interface Findings {
  /** Regular files of the source. Names are bytes and not all of them UTF-8, so paths are those bytes as latin1. */
  readonly files: ReadonlyMap<string, Content>;
  /** Files in claim folders, by the path that they were claimed from. */
  readonly claimed: ReadonlyMap<string, Content>;
  /** Claim folders, empty ones too. */
  readonly claimFolders: readonly string[];
  /** Links, FIFOs and whatever else is no folder and no regular file. */
  readonly others: ReadonlySet<string>;
  readonly objects: ReadonlyMap<string, Content>;
  /** Files beside the source, nobody's to delete. */
  readonly outside: ReadonlyMap<string, Content>;
}

/** A path as the findings know it. */
export function rawPath(path: string): string {
  return Buffer.from(path).toString('latin1');
}

export function contentOf(bytes: Uint8Array): Content {
  const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  return { size: bytes.length, md5: digest('md5'), sha256: digest('sha256') };
}

/** What stands before the name of a claimed file: a claim folder, or the beginning of a claim beside the others. */
const CLAIMED = /\.s3-backup-claim-([^/]*\/(?=[^/]*$)|[^/]*?-of-)/;

type OnDisk = Pick<Findings, 'files' | 'claimed' | 'claimFolders' | 'others'>;

/** Reads everything below a folder. */
export function lookAtDisk(folder: string): OnDisk {
  const files = new Map<string, Content>();
  const claimed = new Map<string, Content>();
  const claimFolders: string[] = [];
  const others = new Set<string>();
  const walk = (path: string) => {
    const here = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);
    // @types/node 20 has no type for names as bytes.
    for (const name of readdirSync(here, { encoding: 'buffer' }) as unknown as Buffer[]) {
      const full = Buffer.concat([here, name]);
      const relative = path + name.toString('latin1');
      const stats = lstatSync(full);
      if (stats.isDirectory()) {
        if (/\.s3-backup-claim-[^/]*$/.test(relative)) claimFolders.push(relative);
        walk(`${relative}/`);
      } else if (!stats.isFile()) others.add(relative);
      else if (CLAIMED.test(relative))
        claimed.set(relative.replace(CLAIMED, ''), contentOf(readFileSync(full)));
      else files.set(relative, contentOf(readFileSync(full)));
    }
  };
  walk('');
  return { files, claimed, claimFolders, others };
}

/** Reads every object of the test bucket below a prefix, back through HTTP. */
export async function lookAtBucket(client: S3Client, prefix: string): Promise<Map<string, Content>> {
  const objects = new Map<string, Content>();
  for (const Key of await keysBelow(client, prefix)) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: TEST_BUCKET, Key }));
    objects.set(Key, contentOf((await Body?.transformToByteArray()) ?? new Uint8Array()));
  }
  return objects;
}

async function keysBelow(client: S3Client, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    // Not every character of a key survives XML; so they come percent-encoded.
    const EncodingType = 'url' as const;
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: TEST_BUCKET, Prefix, ContinuationToken: token, EncodingType }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' '))));
    token = page.NextContinuationToken;
  }
  return keys;
}
