import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { PartsDigest } from '../../../../src/digest/parts-digest.ts';
import type { ObjectState } from '../../../../src/proof/rules/object-state.ts';
import { unquoted } from '../../../../src/s3/answers.ts';
import { type PartsUploadOptions, uploadParts } from '../../../../src/s3/multipart/upload-parts.ts';
import {
  type PartRequestsOptions,
  SignedHttpPartRequests,
} from '../../../../src/s3/signed-http/part-requests.ts';
import type { RequestsOptions, S3Requests } from '../../../../src/s3/signed-http/requests.ts';
import type { UploadAnswer } from '../../../../src/s3/store-types.ts';
import type { S3Server } from '../../../../src/s3-server/index.ts';
import { createReading, type Reading, SourceContent } from '../../../../src/source/content.ts';
import { sourceRoot } from '../../../../src/source/root.ts';
import { SourceFile } from '../../../../src/source/source-file.ts';
import { unfinishedUploads, useBucketClient } from '../../../support/bucket.ts';
import { MIB } from '../../../support/run.ts';
import { useS3Server } from '../../../support/s3-server.ts';
import { useTree } from '../../../support/tree.ts';
import { endpointOf, useRequests, withoutWaiting } from './use-requests.ts';

/** The least that a client may send is 5 MiB; a server of these tests takes less, so that files of many parts are small. */
export const PART = MIB;
const MEMORY = 4 * PART;

export interface Uploading {
  readonly server: S3Server;
  readonly bytes: Buffer;
  readonly source: string;
  readonly content: SourceContent;
  readonly reading: Reading;
  readonly upload: () => Promise<UploadAnswer>;
}

interface Wish {
  readonly size?: number;
  readonly options?: Partial<PartsUploadOptions & PartRequestsOptions>;
  readonly requests?: Partial<RequestsOptions>;
}

/** A file that is ready to be uploaded to the embedded endpoint in parts of {@link PART} bytes. */
export async function useUpload(t: TestContext, wish: Wish = {}): Promise<Uploading> {
  withoutWaiting(t);
  const server = await useS3Server(t, { minPartBytes: PART });
  const bytes = randomBytes(wish.size ?? 3 * PART + 17);
  const source = useTree(t, { file: bytes });
  const reading = createReading(MEMORY);
  const content = new SourceContent(SourceFile.open({ root: sourceRoot(source), path: 'file' }), reading);
  t.after(() => content.close());
  const requests = useRequests(t, endpointOf(server), wish.requests);
  const options = {
    path: '/key',
    headers: {},
    customerKey: {},
    conditions: {},
    partSize: PART,
    digests: { md5: true, checksum: undefined },
    wholeMd5: true,
    completion: { longestMs: 0, tries: 2 },
    look: () => lookAt(requests, '/key'),
    ...wish.options,
  };
  const upload = () =>
    uploadParts(new SignedHttpPartRequests(requests, options), content, {
      ...options,
      checksum: options.digests.checksum,
    });
  return { server, bytes, source, content, reading, upload };
}

async function lookAt(requests: S3Requests, path: string): Promise<ObjectState> {
  const { headers } = await requests.send({ operation: 'HeadObject', method: 'HEAD', path });
  const etag = unquoted(headers.get('etag'));
  return { size: Number(headers.get('content-length')), etag, versionId: undefined, checksums: {} };
}

export function etagOf(bytes: Buffer, partSize: number): string {
  const digest = new PartsDigest(partSize);
  digest.update(bytes);
  return digest.etag();
}

/** Whatever happened, all memory can be had again, and no parts are left. */
export async function assertNothingLeft(t: TestContext, { server, reading }: Uploading): Promise<void> {
  const loan = await reading.pool.lease(MEMORY);
  loan.release();
  assert.deepEqual(await unfinishedUploads(useBucketClient(t, server)), []);
}
