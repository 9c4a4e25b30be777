import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { checksumOf } from '../../digest/checksum.ts';
import { writeOf } from '../answers.ts';
import type { WriteTerms } from '../capabilities.ts';
import { probeFields } from '../object-options.ts';
import type { StoreOptions, UploadAnswer } from '../store-types.ts';
import { asked } from './asked.ts';
import { headerOfAnswer } from './middleware/header-of-answer.ts';
import { checksumField, conditionFields } from './request-fields.ts';

export interface BytesAnswer extends UploadAnswer {
  /** Value of the `Server` header; undefined if there is none. */
  readonly server: string | undefined;
}

/** Writes a few bytes that are in no file, as the object of a probe. */
export async function putBytes(
  client: S3Client,
  address: { readonly Bucket: string; readonly Key: string },
  { object = {}, signal }: Pick<StoreOptions, 'object' | 'signal'>,
  bytes: Buffer,
  { md5, checksum, condition }: WriteTerms,
): Promise<BytesAnswer> {
  const sum = checksum && (await checksumOf(checksum, bytes)).toString('base64');
  const command = new PutObjectCommand({
    ...address,
    ...probeFields(object),
    ...conditionFields(condition),
    Body: bytes,
    ...(md5 && { ContentMD5: createHash('md5').update(bytes).digest('base64') }),
    ...checksumField(checksum, sum),
  });
  const server = headerOfAnswer(command, 'server');
  const answer = await asked('PutObject', () => client.send(command, signal && { abortSignal: signal }));
  const { attempts = 1 } = answer.$metadata;
  return { ...writeOf(answer), partsEtag: undefined, attempts, resumedBytes: 0, server: server() };
}
