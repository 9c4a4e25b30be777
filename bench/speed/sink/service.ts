import { type Answer, answer, errorAnswer, xmlAnswer, xmlElements, xmlText } from './answers.ts';
import { objectAnswer } from './get-object.ts';
import { listAnswer, pageOf } from './list.ts';
import { Objects, type StoredObject } from './objects.ts';
import type { Request } from './request.ts';

/** The body of a request. */
export interface Body {
  /** Of a PUT, in hex; undefined when it has to be sent again. */
  readonly md5: string | undefined;
  /** Of a PUT; undefined if contents are not kept. */
  readonly content: Buffer | undefined;
  /** Of any other request, binary text. */
  readonly text: string;
}

/** What `GET /-/stats` answers, counted since the last reset. */
export interface Stats {
  /** Number of requests by operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly objects: number;
  /** The sum of the objects' sizes. */
  readonly bytes: number;
  /** Bytes of content in the requests' bodies. */
  readonly bodyBytes: number;
  readonly unfinishedUploads: number;
  /** CPU seconds of the sink, user and system. */
  readonly cpuSeconds: number;
  /** Whether a request is being held, see `POST /-/reset?hold`. */
  readonly isHolding: boolean;
}

type Handler = (request: Request, body: Body) => Answer;

/** Answers requests. All buckets are one. */
export class Service {
  #objects = new Objects();
  #requests: Record<string, number> = {};
  #bodyBytes = 0;
  #cpuStart = process.cpuUsage();
  #hold: 'no' | 'next' | 'holding' = 'no';

  /** Undefined for a request that is left without an answer. */
  answer(request: Request, body: Body): Answer | undefined {
    if (request.bucket === '-') return this.#control(request);
    const operation = operationOf(request);
    this.#requests[operation] = (this.#requests[operation] ?? 0) + 1;
    this.#bodyBytes += request.decodedLength || 0;
    if (this.#hold !== 'no') {
      this.#hold = 'holding';
      return undefined;
    }
    const handler = this.#handlers[operation];
    return handler === undefined
      ? errorAnswer('501 Not Implemented', 'NotImplemented')
      : handler(request, body);
  }

  #control({ method, key, query }: Request): string {
    if (method === 'POST' && key === 'reset') {
      if (!query.has('counts')) this.#objects = new Objects();
      this.#requests = {};
      this.#bodyBytes = 0;
      this.#cpuStart = process.cpuUsage();
      this.#hold = query.has('hold') ? 'next' : 'no';
      return answer('204 No Content');
    }
    if (method !== 'GET' || key !== 'stats') return errorAnswer('404 Not Found', 'NoSuchControl');
    const { user, system } = process.cpuUsage(this.#cpuStart);
    const { count, bytes, unfinishedUploads } = this.#objects;
    const stats: Stats = {
      requests: this.#requests,
      objects: count,
      bytes,
      bodyBytes: this.#bodyBytes,
      unfinishedUploads,
      cpuSeconds: (user + system) / 1e6,
      isHolding: this.#hold === 'holding',
    };
    return answer('200 OK', 'Content-Type: application/json\r\n', JSON.stringify(stats));
  }

  #list(request: Request): string {
    return listAnswer((wanted) => pageOf(this.#objects, wanted), request);
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    PutObject: ({ key, decodedLength: size, metadata, ...conditions }, { md5, content }) => {
      if (md5 === undefined) return errorAnswer('503 Slow Down', 'SlowDown');
      if (!holds(conditions, this.#objects.get(key)))
        return errorAnswer('412 Precondition Failed', 'PreconditionFailed');
      this.#objects.put(key, { size, etag: md5, metadata, content: content === undefined ? [] : [content] });
      return answer('200 OK', `ETag: "${md5}"\r\n`);
    },
    CreateMultipartUpload: ({ bucket, key, metadata }) => {
      const id = this.#objects.createUpload(metadata);
      return xmlAnswer(
        `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${xmlText(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    },
    UploadPart: ({ query, decodedLength: size }, { md5, content }) => {
      if (md5 === undefined) return errorAnswer('503 Slow Down', 'SlowDown');
      const part = { size, md5, content };
      const isKnown = this.#objects.putPart(uploadId(query), Number(query.get('partNumber')), part);
      return isKnown ? answer('200 OK', `ETag: "${md5}"\r\n`) : errorAnswer('404 Not Found', 'NoSuchUpload');
    },
    CompleteMultipartUpload: ({ bucket, key, query, ...conditions }, { text }) => {
      if (!holds(conditions, this.#objects.get(key)))
        return errorAnswer('412 Precondition Failed', 'PreconditionFailed');
      const numbers = xmlElements(text, 'PartNumber').map(Number);
      const made = this.#objects.complete(key, uploadId(query), numbers);
      if ('error' in made) return errorAnswer('400 Bad Request', made.error);
      return xmlAnswer(
        `<CompleteMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${xmlText(key)}</Key><ETag>&quot;${made.etag}&quot;</ETag></CompleteMultipartUploadResult>`,
      );
    },
    AbortMultipartUpload: ({ query }) => {
      this.#objects.abortUpload(uploadId(query));
      return answer('204 No Content');
    },
    HeadObject: (request) => {
      const object = this.#objects.get(request.key);
      return object === undefined ? answer('404 Not Found') : objectAnswer(object, request);
    },
    GetObject: (request) => {
      const object = this.#objects.get(request.key);
      if (object === undefined) return errorAnswer('404 Not Found', 'NoSuchKey');
      const isKept = object.content.length > 0;
      return isKept ? objectAnswer(object, request) : errorAnswer('501 Not Implemented', 'NotImplemented');
    },
    DeleteObject: ({ key }) => {
      this.#objects.delete(key);
      return answer('204 No Content');
    },
    DeleteObjects: (_, { text }) => {
      const keys = xmlElements(text, 'Key');
      for (const key of keys) this.#objects.delete(key);
      const deleted = keys.map((key) => `<Deleted><Key>${xmlText(key)}</Key></Deleted>`);
      return xmlAnswer(`<DeleteResult>${deleted.join('')}</DeleteResult>`);
    },
    ListObjectsV2: (request) => this.#list(request),
    ListObjects: (request) => this.#list(request),
    ListMultipartUploads: ({ bucket }) =>
      xmlAnswer(`<ListMultipartUploadsResult><Bucket>${bucket}</Bucket></ListMultipartUploadsResult>`),
    ListBuckets: () => xmlAnswer('<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>'),
    HeadBucket: () => answer('200 OK'),
    CreateBucket: () => answer('200 OK'),
    GetBucketLocation: () => xmlAnswer('<LocationConstraint></LocationConstraint>'),
  };
}

const uploadId = (query: Request['query']) => query.get('uploadId') ?? '';

function holds(
  { ifMatch, ifNoneMatch }: Pick<Request, 'ifMatch' | 'ifNoneMatch'>,
  object: StoredObject | undefined,
): boolean {
  if (ifNoneMatch === '*' && object !== undefined) return false;
  return ifMatch === undefined || ifMatch.replaceAll('"', '') === object?.etag;
}

/** S3's name of the operation; for what is none here, the method and the names in the query. */
function operationOf({ method, bucket, key, query, decodedLength, copySource }: Request): string {
  const names = [...query.keys()].filter((name) => name !== 'x-id' && name !== 'partNumber');
  if (Number.isNaN(decodedLength)) return `${method} without a length`;
  if (copySource !== undefined) return `${method} of a copy`;
  if (key !== '') return objectOperation(method, query, names);
  if (bucket === '') return 'ListBuckets';
  if (method === 'HEAD') return 'HeadBucket';
  if (method === 'PUT') return 'CreateBucket';
  if (method === 'GET' && query.has('uploads')) return 'ListMultipartUploads';
  if (query.has('location')) return 'GetBucketLocation';
  if (query.has('delete')) return 'DeleteObjects';
  if (query.get('list-type') === '2') return 'ListObjectsV2';
  if (method === 'GET' && names.every((name) => LIST_NAMES.has(name))) return 'ListObjects';
  return `${method} bucket?${names.join('&')}`;
}

const LIST_NAMES = new Set(['prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type']);

function objectOperation(method: string, query: Request['query'], names: readonly string[]): string {
  if (query.has('uploadId')) {
    if (method === 'PUT') return 'UploadPart';
    if (method === 'POST') return 'CompleteMultipartUpload';
    if (method === 'DELETE') return 'AbortMultipartUpload';
  }
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  if (names.length > 0) return `${method} object?${names.join('&')}`;
  return { PUT: 'PutObject', HEAD: 'HeadObject', GET: 'GetObject', DELETE: 'DeleteObject' }[method] ?? method;
}
