import { ListMultipartUploadsCommand, ListPartsCommand, type S3Client } from '@aws-sdk/client-s3';
import { listedKey, sizeOf } from '../answers.ts';
import {
  nextPart,
  nextUpload,
  type PartsPage,
  type UnfinishedUploads,
  type UploadPin,
  type UploadsPage,
  type UploadsRequest,
} from '../multipart/unfinished-uploads.ts';
import { customerKeyFields } from '../object-options.ts';
import { storeErrorFrom } from '../store-error.ts';
import type { StoreOptions } from '../store-types.ts';
import { headerOfAnswer } from './middleware/header-of-answer.ts';

/** Lists unfinished uploads through the SDK. */
export class SdkUnfinishedUploads implements UnfinishedUploads {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #customerKey: ReturnType<typeof customerKeyFields>;
  readonly #requestOptions: { readonly abortSignal?: AbortSignal };

  constructor(client: S3Client, { bucket, object = {}, signal }: StoreOptions) {
    this.#client = client;
    this.#bucket = bucket;
    this.#customerKey = customerKeyFields(object);
    this.#requestOptions = signal ? { abortSignal: signal } : {};
  }

  async listUploads({ prefix, after }: UploadsRequest): Promise<UploadsPage> {
    const command = new ListMultipartUploadsCommand({
      Bucket: this.#bucket,
      Prefix: prefix,
      // XML cannot hold every character that a key can.
      EncodingType: 'url',
      ...(after && { KeyMarker: after.key, UploadIdMarker: after.uploadId || undefined }),
    });
    const date = headerOfAnswer(command, 'date');
    const page = await this.#ask('ListMultipartUploads', this.#client.send(command, this.#requestOptions));
    const { EncodingType, IsTruncated: truncated = false, NextKeyMarker, NextUploadIdMarker } = page;
    const decode = (key: string) => listedKey(key, EncodingType === 'url');
    const uploads = (page.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated }) => ({
      key: decode(Key),
      uploadId: UploadId,
      initiated: Initiated?.getTime() ?? Number.NaN,
    }));
    const next = nextUpload(uploads.at(-1), NextKeyMarker && decode(NextKeyMarker), NextUploadIdMarker);
    return { uploads, truncated, next, date: Date.parse(date() ?? '') };
  }

  async listParts({ key, uploadId }: UploadPin, after?: number): Promise<PartsPage> {
    const command = new ListPartsCommand({
      Bucket: this.#bucket,
      Key: key,
      UploadId: uploadId,
      ...this.#customerKey,
      ...(after !== undefined && { PartNumberMarker: String(after) }),
    });
    const page = await this.#ask('ListParts', this.#client.send(command, this.#requestOptions));
    return {
      parts: (page.Parts ?? []).map((part) => ({
        number: part.PartNumber ?? Number.NaN,
        size: sizeOf(part.Size),
        etag: part.ETag ?? '',
        checksum: page.ChecksumAlgorithm && part[`Checksum${page.ChecksumAlgorithm}`],
        lastModified: part.LastModified?.getTime() ?? Number.NaN,
      })),
      truncated: page.IsTruncated ?? false,
      next: nextPart(page.NextPartNumberMarker),
      storageClass: page.StorageClass,
      checksumAlgorithm: page.ChecksumAlgorithm,
      checksumType: page.ChecksumType,
    };
  }

  async #ask<T>(operation: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw storeErrorFrom(error, operation);
    }
  }
}
