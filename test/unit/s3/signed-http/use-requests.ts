import type { TestContext } from 'node:test';
import type { Origin } from '../../../../src/http/origin.ts';
import type { Endpoint } from '../../../../src/s3/signed-http/endpoint.ts';
import { type RequestsOptions, type S3Request, S3Requests } from '../../../../src/s3/signed-http/requests.ts';
import type { S3Server } from '../../../../src/s3-server/index.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';

export const SECRET = 'a-secret-that-must-not-be-shown';

/** The test bucket at a server, with credentials that only servers of plain TCP take. */
export function endpointAt(origin: Origin, more: Partial<Endpoint> = {}): Endpoint {
  const credentials = { accessKeyId: 'an-access-key', secretAccessKey: SECRET };
  return {
    origin,
    basePath: `/${TEST_BUCKET}`,
    region: 'us-east-1',
    credentials: () => credentials,
    ...more,
  };
}

/** The test bucket at the embedded endpoint. */
export function endpointOf({ port, region, accessKeyId, secretAccessKey }: S3Server): Endpoint {
  const origin = { secure: false, host: '127.0.0.1', port };
  return endpointAt(origin, { region, credentials: () => ({ accessKeyId, secretAccessKey }) });
}

/** Requests whose connections are closed after the test; three tries, four connections. */
export function useRequests(
  t: TestContext,
  endpoint: Endpoint,
  more: Partial<RequestsOptions> = {},
): S3Requests {
  const requests = new S3Requests({ endpoint, connections: 4, maxAttempts: 3, signPayload: false, ...more });
  t.after(() => requests.close());
  return requests;
}

/** Backoff without its waits. */
export function withoutWaiting(t: TestContext): void {
  t.mock.method(Math, 'random', () => 0);
}

export function put(path = '/key', body: string | Buffer = 'some bytes'): S3Request {
  return {
    operation: 'PutObject',
    method: 'PUT',
    path,
    body: Buffer.from(body as string),
    flaw: ({ headers }) => (headers.has('etag') ? undefined : 'no ETag'),
  };
}

export function head(path = '/key'): S3Request {
  return { operation: 'HeadObject', method: 'HEAD', path };
}

/** An error document as S3 writes it. */
export function errorXml(code: string, message = 'Some words.'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`;
}
