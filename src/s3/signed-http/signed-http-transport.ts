/**
 * Longer than other files: it implements each request of the interface `Transport` once, next to the functions that read the
 * headers of its answers.
 */
import { isAscii } from 'node:buffer';
import { DEFAULTS, STORE_DEFAULTS } from '../../core/defaults.ts';
import { CHECKSUM_ALGORITHMS, type Checksums } from '../../digest/checksum.ts';
import { assignCopy } from '../../flow/assign-copy.ts';
import type { HttpAnswer } from '../../http/answer-parser.ts';
import { isSameEtag } from '../../proof/rules/etag.ts';
import type { ObjectState } from '../../proof/rules/object-state.ts';
import type { SourceContent } from '../../source/content.ts';
import type { Identity } from '../../source/identity.ts';
import { bytesOfRead, LISTING_BYTES } from '../answer-sizes.ts';
import { timeIn, unquoted, writeOf } from '../answers.ts';
import { triesOf } from '../body-tries.ts';
import type { WriteTerms } from '../capabilities.ts';
import { requirePrivateWay } from '../customer-key.ts';
import { EMBEDDED_FOLDER_HEADER } from '../embedded-folder.ts';
import type { PartRequests } from '../multipart/part-requests.ts';
import { uploadFile } from '../multipart/upload-file.ts';
import { etagIsDigest, flawOfRead, type ReadAnswer, sizeOfObject } from '../object-bytes.ts';
import { REQUESTER_PAYS } from '../requester-pays.ts';
import type {
  ByteRange,
  HeadRequest,
  ListPage,
  ListRequest,
  ObjectBytes,
  ObjectPin,
  StoreOptions,
  UploadAnswer,
} from '../store-types.ts';
import type { HeadOptions, ReadOptions, Transport, TransportFacts } from '../transport.ts';
import { isWhole, type WholeContent } from '../whole-content.ts';
import { checksumHeader } from './checksum-headers.ts';
import type { Endpoint } from './endpoint.ts';
import { listPageOf } from './list-page.ts';
import { addConditions, ObjectRequestHeaders } from './object-request-headers.ts';
import { SignedHttpPartRequests } from './part-requests.ts';
import { S3Requests } from './requests.ts';
import { SignedHttpUnfinishedUploads } from './unfinished.ts';
import { encodeKey, queryOf } from './uri.ts';

/** The transport for plain S3: it makes and signs requests without the SDK. */
export class SignedHttpTransport implements Transport {
  readonly #options: StoreOptions;
  readonly #facts: TransportFacts;
  readonly #requests: S3Requests;
  readonly #objectHeaders: ObjectRequestHeaders;
  readonly unfinished: SignedHttpUnfinishedUploads;

  constructor(endpoint: Endpoint, options: StoreOptions, facts: TransportFacts) {
    const { connections = STORE_DEFAULTS.connections, maxAttempts = DEFAULTS.maxAttempts } = options;
    const { signPayload = DEFAULTS.signPayload, requesterPays = DEFAULTS.requesterPays } = options;
    const { object = {}, signal, onSlowDown } = options;
    if (object.customerKey !== undefined) requirePrivateWay(endpoint.origin);
    this.#options = options;
    this.#facts = facts;
    this.#objectHeaders = new ObjectRequestHeaders(object);
    this.#requests = new S3Requests({
      endpoint,
      connections,
      maxAttempts,
      signPayload,
      headers: requesterPays ? REQUESTER_PAYS : {},
      signal,
      outage: facts.outage,
      network: facts.network,
      onSlowDown,
      onAnswer: ({ headers }) => {
        const folder = headers.get(EMBEDDED_FOLDER_HEADER);
        if (folder !== undefined) facts.onEmbeddedFolder(decodeURIComponent(folder));
      },
    });
    this.unfinished = new SignedHttpUnfinishedUploads(this.#requests, this.#objectHeaders.customerKey);
  }

  async upload(key: string, content: SourceContent | WholeContent, terms: WriteTerms): Promise<UploadAnswer> {
    if (!isWhole(content)) {
      const requests = this.partRequests(key, content.identity, terms);
      const { unfinished } = this;
      return uploadFile({ key, content, requests, unfinished, terms }, this.#options, this.#facts);
    }
    const { bytes, md5 } = content;
    const { checksum, condition } = terms;
    const headers = this.#headersOf(key, content.identity);
    if (terms.md5) headers['content-md5'] = Buffer.from(md5, 'hex').toString('base64');
    if (checksum) {
      await content.addChecksum(checksum);
      headers[checksumHeader(checksum)] = content.checksums[checksum] ?? '';
    }
    const answer = await this.#requests.send({
      operation: 'PutObject',
      method: 'PUT',
      path: `/${encodeKey(key)}`,
      headers: addConditions(headers, condition),
      body: bytes,
      tries: triesOf(content.allowance, bytes.length),
      onSent: content.sent?.add,
      flaw: withoutETag,
    });
    const { attempts } = answer;
    return assignCopy(writeOf(writeIn(answer)), { partsEtag: undefined, attempts, resumedBytes: 0 });
  }

  partRequests(key: string, identity: Identity, terms: WriteTerms): PartRequests {
    return new SignedHttpPartRequests(this.#requests, {
      path: `/${encodeKey(key)}`,
      headers: this.#headersOf(key, identity),
      customerKey: this.#objectHeaders.customerKey,
      conditions: addConditions({}, terms.condition),
      digests: terms,
      look: () => this.head({ key }),
    });
  }

  #headersOf(key: string, identity: Identity): Record<string, string> {
    return this.#objectHeaders.for(key, identity, this.#facts.clock.now());
  }

  async head(request: HeadRequest, options: HeadOptions = {}): Promise<ObjectState> {
    const { key, versionId, partNumber } = request;
    const { withCustomerKey = true, withChecksums = true } = options;
    const { headers } = await this.#requests.send({
      operation: 'HeadObject',
      method: 'HEAD',
      path: `/${encodeKey(key)}`,
      query: queryOf({ versionId, partNumber: partNumber?.toString() }),
      headers: {
        ...(withChecksums && { 'x-amz-checksum-mode': 'ENABLED' }),
        ...(withCustomerKey && this.#objectHeaders.customerKey),
      },
    });
    const length = headers.get('content-length');
    return {
      size: length === undefined ? undefined : Number(length),
      etag: unquoted(headers.get('etag')),
      versionId: headers.get('x-amz-version-id'),
      checksums: checksumsIn(headers),
      etagIsDigest: etagIsDigestBy(headers),
      storageClass: headers.get('x-amz-storage-class'),
      metadata: metadataIn({ headers }),
    };
  }

  async read(
    { key, etag, versionId }: ObjectPin,
    range?: ByteRange,
    { withCustomerKey = true, receiver }: ReadOptions = {},
  ): Promise<ObjectBytes> {
    const customerKey = withCustomerKey ? this.#objectHeaders.customerKey : {};
    const answer = await this.#requests.send({
      operation: 'GetObject',
      method: 'GET',
      path: `/${encodeKey(key)}`,
      query: queryOf({ versionId }),
      headers: {
        ...(etag !== undefined && { 'if-match': `"${etag}"` }),
        ...(range && { range: `bytes=${range.start}-${range.end - 1}` }),
        ...customerKey,
      },
      maxAnswerBytes: bytesOfRead(range),
      chooseReceiver: receiver && ((head) => (promisesRead(head, etag, range) ? receiver : undefined)),
      flaw: (given) => flawOfRead(readIn(given), range),
    });
    const { headers, body } = answer;
    return {
      bytes: body,
      length: answer.bodyBytes,
      size: sizeOfObject(readIn(answer)),
      etag: unquoted(headers.get('etag')),
      versionId: headers.get('x-amz-version-id'),
      checksums: {},
      metadata: metadataIn(answer),
      etagIsDigest: etagIsDigestBy(headers),
    };
  }

  async probe(): Promise<void> {
    await this.#requests.probe({
      operation: 'ListObjectsV2',
      method: 'GET',
      path: '',
      query: queryOf({ 'list-type': '2', 'max-keys': '1' }),
      flaw: ({ body }) => (listPageOf(body.toString()) ? undefined : 'the answer is not a list of objects'),
    });
  }

  async listPage(request: ListRequest): Promise<ListPage> {
    const { prefix, startAfter = '', continuationToken, maxKeys = 1000, delimiter } = request;
    let page: ListPage | undefined;
    const { headers } = await this.#requests.send({
      operation: 'ListObjectsV2',
      method: 'GET',
      path: '',
      query: queryOf({
        'continuation-token': continuationToken,
        delimiter,
        // XML cannot hold every character that a key can.
        'encoding-type': 'url',
        'list-type': '2',
        'max-keys': String(maxKeys),
        prefix,
        'start-after': startAfter === '' ? undefined : startAfter,
      }),
      maxAnswerBytes: LISTING_BYTES,
      flaw: ({ body }) => {
        page = listPageOf(body.toString(isAscii(body) ? 'latin1' : 'utf8'));
        return page ? undefined : 'the answer is not a list of objects';
      },
    });
    return { objects: [], truncated: false, ...page, answeredAt: timeIn(headers.get('date')) };
  }

  close(): void {
    this.#requests.close();
  }
}

/**
 * Reason why an answer to a write is not genuine: it lacks an ETag. An empty ETag is accepted: Ceph 16 answers so to
 * some completions.
 */
function withoutETag({ headers }: HttpAnswer): string | undefined {
  return headers.has('etag')
    ? undefined
    : 'the answer to a write had no ETag: this is not S3, or something in between';
}

function readIn({ headers, bodyBytes }: Pick<HttpAnswer, 'headers' | 'bodyBytes'>): ReadAnswer {
  const etag = unquoted(headers.get('etag'));
  return { etag, contentRange: headers.get('content-range'), length: bodyBytes };
}

/** Whether the head of an answer promises exactly the requested bytes, before any of them has arrived. */
function promisesRead(
  { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>,
  etag: string | undefined,
  range: ByteRange | undefined,
): boolean {
  const promised = readIn({ headers, bodyBytes: Number(headers.get('content-length')) });
  const isOfPin = etag === undefined || isSameEtag(promised.etag, etag);
  return (status === 200 || status === 206) && isOfPin && flawOfRead(promised, range) === undefined;
}

function etagIsDigestBy(headers: HttpAnswer['headers']): boolean {
  const encryption = headers.get('x-amz-server-side-encryption');
  return etagIsDigest(encryption, headers.get('x-amz-server-side-encryption-customer-algorithm'));
}

const METADATA = 'x-amz-meta-';

function metadataIn({ headers }: Pick<HttpAnswer, 'headers'>): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith(METADATA)) metadata[name.slice(METADATA.length)] = value;
  }
  return metadata;
}

function checksumsIn(headers: HttpAnswer['headers']): Checksums {
  const checksums: Checksums = {};
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = headers.get(checksumHeader(algorithm));
    if (value !== undefined) checksums[algorithm] = value;
  }
  return checksums;
}

function writeIn({ headers }: HttpAnswer) {
  return { ETag: headers.get('etag'), VersionId: headers.get('x-amz-version-id') };
}
