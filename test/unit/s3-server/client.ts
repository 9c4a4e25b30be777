import { createHash, createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { TestContext } from 'node:test';
import { type S3Client, type S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { useBucketClient } from '../../support/bucket.ts';

/** An SDK client of a test's server, with one attempt a call. */
export function useClient(t: TestContext, server: S3Server, config: S3ClientConfig = {}): S3Client {
  return useBucketClient(t, server, { maxAttempts: 1, ...config });
}

/** What became of a call: its HTTP status and the error's name, or `ok`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (error instanceof S3ServiceException) return `${error.$metadata.httpStatusCode} ${error.name}`;
    throw error;
  }
}

/** A request made by hand. */
export interface RawRequest {
  readonly method: string;
  /** Encoded, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Default: the body's SHA-256. */
  readonly payloadHash?: string;
  readonly at?: Date;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

export interface Signature {
  readonly headers: Record<string, string>;
  readonly signature: string;
  readonly signingKey: Buffer;
  readonly scope: string;
  readonly timestamp: string;
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

export function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
}

/** Signs by the rules of SigV4, independently of the server's own code and of the SDK. */
export function signRaw(server: S3Server, raw: RawRequest): Signature {
  const { body = Buffer.alloc(0), at = new Date(), region = server.region, query = {} } = raw;
  const { accessKeyId = server.accessKeyId, secretAccessKey = server.secretAccessKey } = raw;
  const timestamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const payloadHash = raw.payloadHash ?? sha256(body);
  const headers: Record<string, string> = {
    ...raw.headers,
    host: `127.0.0.1:${server.port}`,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    raw.method,
    raw.path,
    canonicalQuery(query),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    payloadHash,
  ].join('\n');
  const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const signingKey = ['s3', 'aws4_request'].reduce(
    hmac,
    hmac(hmac(`AWS4${secretAccessKey}`, timestamp.slice(0, 8)), region),
  );
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const signature = hmac(signingKey, toSign).toString('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { headers, signature, signingKey, scope, timestamp };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The `Code` of an error document. */
  readonly code: string | undefined;
}

/** Sends a request with exactly these headers. */
export function sendRaw(server: S3Server, raw: RawRequest): Promise<RawAnswer> {
  const query = canonicalQuery(raw.query ?? {});
  const path = query === '' ? raw.path : `${raw.path}?${query}`;
  const { method, headers = {}, body } = raw;
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, method, path, headers, agent: false },
      (answer) => {
        answer.setEncoding('utf8');
        let text = '';
        answer.on('data', (piece: string) => {
          text += piece;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, code });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Signs and sends. */
export function callRaw(server: S3Server, raw: RawRequest): Promise<RawAnswer> {
  const withLength = { ...raw, headers: { 'content-length': `${raw.body?.length ?? 0}`, ...raw.headers } };
  return sendRaw(server, { ...withLength, headers: signRaw(server, withLength).headers });
}
