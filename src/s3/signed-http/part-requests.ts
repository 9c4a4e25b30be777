import type { ChecksumAlgorithm } from '../../digest/checksum.ts';
import type { HttpAnswer } from '../../http/answer-parser.ts';
import type { ObjectState } from '../../proof/rules/object-state.ts';
import { writeOf } from '../answers.ts';
import type { Digests } from '../digests.ts';
import type { Completion, Part, PartRequests, SentPart } from '../multipart/part-requests.ts';
import { StoreError } from '../store-error.ts';
import { announcement, checksumElement, checksumHeader } from './checksum-headers.ts';
import { ERROR_DOCUMENT } from './request-failure.ts';
import type { S3Answer, S3Request, S3Requests } from './requests.ts';
import { queryOf } from './uri.ts';
import { elementText, escaped } from './xml.ts';

export interface PartRequestsOptions {
  /** Path of the object: `/` and the encoded key. */
  readonly path: string;
  /** Headers that describe the object. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of the customer's key, for every request except the first, which has them among `headers`, and an abort. */
  readonly customerKey: Readonly<Record<string, string>>;
  /** Condition on the key when the upload is completed. */
  readonly conditions: Readonly<Record<string, string>>;
  /** Digests that the parts, and with a checksum the whole file, are sent with. */
  readonly digests: Digests;
  readonly look: () => Promise<ObjectState>;
}

const XMLNS = 'http://s3.amazonaws.com/doc/2006-03-01/';
const NOT_S3 = 'this is not S3';

/** The requests of one file that is sent in parts, made and signed by this program. */
export class SignedHttpPartRequests implements PartRequests {
  readonly #requests: S3Requests;
  readonly #options: PartRequestsOptions;
  retries = 0;

  constructor(requests: S3Requests, options: PartRequestsOptions) {
    this.#requests = requests;
    this.#options = options;
  }

  async begin(): Promise<string> {
    const { headers, digests } = this.#options;
    const { body } = await this.#ask({
      operation: 'CreateMultipartUpload',
      method: 'POST',
      query: queryOf({ uploads: '' }),
      headers: { ...headers, ...announcement(digests.checksum) },
      flaw: ({ body }) => (uploadIdIn(body) ? undefined : `the answer had no UploadId: ${NOT_S3}`),
    });
    return uploadIdIn(body) ?? '';
  }

  async send(uploadId: string, { number, bytes, md5, checksum, tries, onSent }: Part): Promise<SentPart> {
    const { digests } = this.#options;
    const { headers } = await this.#ask({
      operation: 'UploadPart',
      method: 'PUT',
      query: queryOf({ partNumber: String(number), uploadId }),
      headers: {
        ...this.#options.customerKey,
        ...(digests.md5 && { 'content-md5': md5.toString('base64') }),
        ...this.#checksum(checksum),
      },
      body: bytes,
      tries,
      onSent,
      flaw: ({ headers }) =>
        headers.has('etag') ? undefined : `the answer to a part had no ETag: ${NOT_S3}`,
    });
    return { number, etag: headers.get('etag') ?? '', checksum };
  }

  async complete(uploadId: string, { parts, checksum }: Completion) {
    const { headers, body } = await this.#ask({
      operation: 'CompleteMultipartUpload',
      method: 'POST',
      query: queryOf({ uploadId }),
      headers: {
        ...this.#options.customerKey,
        'content-type': 'application/xml',
        ...this.#options.conditions,
        ...this.#checksum(checksum),
        ...(checksum !== undefined && { 'x-amz-checksum-type': 'FULL_OBJECT' }),
      },
      body: Buffer.from(completionXml(parts, this.#options.digests.checksum)),
      isCompletion: true,
      flaw: flawOfCompletion,
    });
    return writeOf({
      ETag: elementText(body.toString(), 'ETag'),
      VersionId: headers.get('x-amz-version-id'),
    });
  }

  #checksum(value: string | undefined): Record<string, string> {
    const { checksum } = this.#options.digests;
    return checksum && value !== undefined ? { [checksumHeader(checksum)]: value } : {};
  }

  look(): Promise<ObjectState> {
    return this.#options.look();
  }

  async abort(uploadId: string): Promise<void> {
    const { path } = this.#options;
    const query = queryOf({ uploadId });
    await this.#requests.send({
      operation: 'AbortMultipartUpload',
      method: 'DELETE',
      path,
      query,
      evenIfAborted: true,
    });
  }

  async #ask(request: Omit<S3Request, 'path'>): Promise<S3Answer> {
    try {
      const answer = await this.#requests.send({ path: this.#options.path, ...request });
      this.retries += answer.attempts - 1;
      return answer;
    } catch (error) {
      if (error instanceof StoreError) this.retries += error.attempts - 1;
      throw error;
    }
  }
}

function completionXml(parts: readonly SentPart[], algorithm: ChecksumAlgorithm | undefined): string {
  const name = algorithm && checksumElement(algorithm);
  const elements = parts.map(
    ({ number, etag, checksum }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(etag)}</ETag>${
        name === undefined ? '' : `<${name}>${checksum}</${name}>`
      }</Part>`,
  );
  return `<CompleteMultipartUpload xmlns="${XMLNS}">${elements.join('')}</CompleteMultipartUpload>`;
}

/**
 * Reason why an answer is not that of a completion; undefined if it is. The error InvalidPart has an ETag as well: that
 * of the part.
 */
function flawOfCompletion({ body }: HttpAnswer): string | undefined {
  const xml = body.toString();
  return ERROR_DOCUMENT.test(xml) || !xml.includes('<ETag')
    ? `the answer to the completion had no ETag: ${NOT_S3}`
    : undefined;
}

function uploadIdIn(body: Buffer): string | undefined {
  return elementText(body.toString(), 'UploadId');
}
