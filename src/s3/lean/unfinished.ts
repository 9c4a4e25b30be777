import type { HttpAnswer } from '../../http/answer-parser.ts';
import type {
  PartsPage,
  UnfinishedUploads,
  UploadPin,
  UploadsPage,
  UploadsRequest,
} from '../multipart/unfinished-uploads.ts';
import type { S3Requests } from './requests.ts';
import { partsPageOf, uploadsPageOf } from './unfinished-pages.ts';
import { encodeKey, queryOf } from './uri.ts';

/** Lists unfinished uploads with requests made by hand. */
export class LeanUnfinished implements UnfinishedUploads {
  readonly #requests: S3Requests;

  constructor(requests: S3Requests) {
    this.#requests = requests;
  }

  async listUploads({ prefix, after }: UploadsRequest): Promise<UploadsPage> {
    const query = {
      // XML cannot hold every character that a key can.
      'encoding-type': 'url',
      'key-marker': after?.key,
      prefix,
      'upload-id-marker': after?.uploadId,
      uploads: '',
    };
    const { page, headers } = await this.#ask('ListMultipartUploads', '', query, uploadsPageOf);
    return { ...page, date: Date.parse(headers.get('date') ?? '') };
  }

  async listParts({ key, uploadId }: UploadPin, after?: number): Promise<PartsPage> {
    const query = { 'part-number-marker': after?.toString(), uploadId };
    return (await this.#ask('ListParts', `/${encodeKey(key)}`, query, partsPageOf)).page;
  }

  async #ask<T>(
    operation: string,
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    read: (xml: string) => T | undefined,
  ): Promise<{ page: T; headers: HttpAnswer['headers'] }> {
    let page: T | undefined;
    const { headers } = await this.#requests.send({
      operation,
      method: 'GET',
      path,
      query: queryOf(query),
      flaw: ({ body }) => {
        page = read(body.toString());
        return page ? undefined : `the answer is none to ${operation}`;
      },
    });
    return { page: page as T, headers };
  }
}
