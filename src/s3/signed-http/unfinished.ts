import type { HttpAnswer } from '../../http/answer-parser.ts';
import { LISTING_BYTES } from '../answer-sizes.ts';
import type {
  PartsPage,
  UnfinishedUploads,
  UploadPin,
  UploadsPage,
  UploadsRequest,
} from '../multipart/unfinished-uploads.ts';
import type { S3Request, S3Requests } from './requests.ts';
import { partsPageOf, uploadsPageOf } from './unfinished-pages.ts';
import { encodeKey, queryOf } from './uri.ts';

interface Listing extends Pick<S3Request, 'operation' | 'path' | 'headers'> {
  readonly query: Readonly<Record<string, string | undefined>>;
}

/** Lists unfinished uploads without the SDK. */
export class SignedHttpUnfinishedUploads implements UnfinishedUploads {
  readonly #requests: S3Requests;
  readonly #customerKey: Readonly<Record<string, string>>;

  /** @param customerKey The headers without which the parts of such an object are not listed. */
  constructor(requests: S3Requests, customerKey: Readonly<Record<string, string>>) {
    this.#requests = requests;
    this.#customerKey = customerKey;
  }

  async listUploads({ prefix, after }: UploadsRequest): Promise<UploadsPage> {
    const query = {
      // XML cannot hold every character that a key can.
      'encoding-type': 'url',
      'key-marker': after?.key,
      prefix,
      'upload-id-marker': after?.uploadId || undefined,
      uploads: '',
    };
    const { page, headers } = await this.#ask(
      { operation: 'ListMultipartUploads', path: '', query },
      uploadsPageOf,
    );
    return { ...page, date: Date.parse(headers.get('date') ?? '') };
  }

  async listParts({ key, uploadId }: UploadPin, after?: number): Promise<PartsPage> {
    const query = { 'part-number-marker': after?.toString(), uploadId };
    const request = { operation: 'ListParts', path: `/${encodeKey(key)}`, query, headers: this.#customerKey };
    return (await this.#ask(request, partsPageOf)).page;
  }

  async #ask<T>(
    { query, ...request }: Listing,
    read: (xml: string) => T | undefined,
  ): Promise<{ page: T; headers: HttpAnswer['headers'] }> {
    let page: T | undefined;
    const { headers } = await this.#requests.send({
      ...request,
      method: 'GET',
      query: queryOf(query),
      maxAnswerBytes: LISTING_BYTES,
      flaw: ({ body }) => {
        page = read(body.toString());
        return page ? undefined : `the answer is none to ${request.operation}`;
      },
    });
    return { page: page as T, headers };
  }
}
