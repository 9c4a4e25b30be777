import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { BackupOptions, RestoreOptions } from '../../src/index.ts';
import { TEST_BUCKET } from './s3-server.ts';

/** What a store does otherwise than AWS. */
export interface Quirks {
  /** Takes two keys that differ in upper and lower case for one. */
  readonly foldsKeys?: boolean;
  /** Writes whatever the condition says. */
  readonly ignoresConditions?: boolean;
  /** Lists an object for ever, also when it is gone. */
  readonly listsDeleted?: boolean;
  /** Begins every listing with an empty page that says that there are more. */
  readonly beginsEmpty?: boolean;
  readonly etag?: 'upper-case' | 'weak';
  /** What its listings tell of sizes instead of the size. */
  readonly listsSize?: '' | '<Size/>' | '<Size>many</Size>' | '<Size>99999999999999999999</Size>';
  /** Tells in no HEAD how large an object is. */
  readonly hidesLength?: boolean;
}

interface StoredObject {
  readonly key: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

/**
 * A small S3 with quirks: PUT, HEAD, GET, DELETE, listings and multipart uploads, without signatures. What it holds is looked at
 * in `objects`.
 */
export class SimpleStore {
  readonly #quirks: Quirks;
  readonly #listed = new Map<string, StoredObject>();
  readonly #parts = new Map<string, Map<number, Buffer>>();
  /** By their keys as the store takes them. */
  readonly objects = new Map<string, StoredObject>();
  /** `METHOD key`, in their order. */
  readonly requests: string[] = [];
  url = '';

  constructor(quirks: Quirks) {
    this.#quirks = quirks;
  }

  get #target() {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const endpoint = { endpointUrl: this.url, region: 'us-east-1', credentials };
    return { bucket: TEST_BUCKET, ...endpoint, maxAttempts: 2, maxOutageSeconds: 0 };
  }

  /** What a run needs to reach it. */
  options(source: string, more: Partial<BackupOptions> = {}): BackupOptions {
    return { source, ...this.#target, onChange: 'fail', ...more };
  }

  restoreOptions(to: string): RestoreOptions {
    return { to, ...this.#target };
  }

  put(key: string, bytes: string | Buffer, etag?: string): void {
    const content = Buffer.from(bytes);
    const stored = { key, bytes: content, etag: etag ?? md5(content) };
    if (!this.objects.has(this.#fold(key))) this.#listed.set(this.#fold(key), stored);
    else this.#listed.set(this.#fold(key), { ...stored, key: this.objects.get(this.#fold(key))?.key ?? key });
    this.objects.set(this.#fold(key), stored);
  }

  delete(key: string): void {
    this.objects.delete(this.#fold(key));
    if (!this.#quirks.listsDeleted) this.#listed.delete(this.#fold(key));
  }

  #fold(key: string): string {
    return this.#quirks.foldsKeys ? key.toLowerCase() : key;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const key = decodeURIComponent(pathname.slice(`/${TEST_BUCKET}/`.length));
    this.requests.push(`${request.method} ${key}${searchParams.size > 0 ? `?${searchParams}` : ''}`);
    if (key === '') this.#list(searchParams, response);
    else if (searchParams.has('uploads') || searchParams.has('uploadId'))
      this.#multipart(request, key, searchParams, body, response);
    else if (request.method === 'PUT') this.#write(request, key, body, undefined, response);
    else if (request.method === 'DELETE') this.#remove(key, response);
    else this.#read(request, key, response);
  }

  #remove(key: string, response: ServerResponse): void {
    this.delete(key);
    response.writeHead(204).end();
  }

  #write(
    { headers }: IncomingMessage,
    key: string,
    bytes: Buffer,
    etag: string | undefined,
    response: ServerResponse,
  ): void {
    const isThere = this.objects.has(this.#fold(key));
    if (headers['if-none-match'] === '*' && isThere && !this.#quirks.ignoresConditions) {
      refuse(response, 412, 'PreconditionFailed');
      return;
    }
    this.put(key, bytes, etag);
    const written = this.#etagHeader(etag ?? md5(bytes));
    const result = `<CompleteMultipartUploadResult><ETag>${written}</ETag></CompleteMultipartUploadResult>`;
    response.writeHead(200, { etag: written }).end(etag === undefined ? undefined : result);
  }

  #multipart(
    request: IncomingMessage,
    key: string,
    query: URLSearchParams,
    body: Buffer,
    response: ServerResponse,
  ): void {
    const parts = this.#parts.get(key) ?? new Map<number, Buffer>();
    this.#parts.set(key, parts);
    if (query.has('uploads')) {
      const result = '<UploadId>upload</UploadId>';
      response.writeHead(200).end(`<InitiateMultipartUploadResult>${result}</InitiateMultipartUploadResult>`);
    } else if (request.method === 'PUT') {
      parts.set(Number(query.get('partNumber')), body);
      response.writeHead(200, { etag: `"${md5(body)}"` }).end();
    } else if (request.method === 'DELETE') {
      this.#parts.delete(key);
      response.writeHead(204).end();
    } else {
      const ordered = [...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
      const digests = Buffer.concat(ordered.map((bytes) => Buffer.from(md5(bytes), 'hex')));
      this.#write(request, key, Buffer.concat(ordered), `${md5(digests)}-${ordered.length}`, response);
    }
  }

  #read({ method, headers }: IncomingMessage, key: string, response: ServerResponse): void {
    const object = this.objects.get(this.#fold(key));
    if (object === undefined) {
      refuse(response, 404, 'NoSuchKey');
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    const { length } = object.bytes;
    const etag = this.#etagHeader(object.etag);
    if (from !== undefined && Number(from) >= length) refuse(response, 416, 'InvalidRange');
    else if (from !== undefined && method === 'GET') {
      const slice = object.bytes.subarray(Number(from), Number(to) + 1);
      const range = `bytes ${from}-${Number(from) + slice.length - 1}/${length}`;
      response.writeHead(206, { etag, 'content-range': range, 'content-length': slice.length }).end(slice);
    } else {
      const hides = method === 'HEAD' && this.#quirks.hidesLength;
      response.writeHead(
        200,
        hides ? { etag, 'transfer-encoding': 'chunked' } : { etag, 'content-length': length },
      );
      response.end(method === 'HEAD' ? undefined : object.bytes);
    }
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const after = query.get('start-after') ?? '';
    const prefix = query.get('prefix') ?? '';
    const isEmptyFirst = this.#quirks.beginsEmpty === true && !query.has('continuation-token');
    const entries = isEmptyFirst
      ? []
      : [...this.#listed.values()]
          .filter(
            ({ key }) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
          )
          .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    const contents = entries.map(({ key, bytes, etag }) => {
      const name = encodeURIComponent(key).replaceAll('%2F', '/');
      return `<Contents><Key>${name}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified><ETag>${this.#etagHeader(etag).replaceAll('"', '&quot;')}</ETag>${this.#quirks.listsSize ?? `<Size>${bytes.length}</Size>`}</Contents>`;
    });
    const next = isEmptyFirst ? '<NextContinuationToken>more</NextContinuationToken>' : '';
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<?xml version="1.0"?><ListBucketResult><Name>${TEST_BUCKET}</Name><EncodingType>url</EncodingType><IsTruncated>${isEmptyFirst}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
      );
  }

  #etagHeader(etag: string): string {
    if (this.#quirks.etag === 'upper-case') return `"${etag.toUpperCase()}"`;
    return this.#quirks.etag === 'weak' ? `W/"${etag}"` : `"${etag}"`;
  }
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

export async function useSimpleStore(t: TestContext, quirks: Quirks = {}): Promise<SimpleStore> {
  const store = new SimpleStore(quirks);
  const server = createServer((request, response) => {
    store.answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  store.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return store;
}
