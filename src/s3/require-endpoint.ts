import { accessErrorFrom } from './access.ts';
import { isAnswerOfS3 } from './outage.ts';
import { Store } from './store.ts';
import { StoreError } from './store-error.ts';
import type { StoreOptions } from './store-types.ts';

/** What is known of a store before its bucket is, and the credentials for it. */
export type EndpointToTry = Pick<
  StoreOptions,
  'caBundle' | 'proxies' | 'forcePathStyle' | 'maxAttempts' | 'maxOutageSeconds'
> & {
  readonly endpointUrl: string;
};

/** Credentials that every store refuses. */
const UNKNOWN = { accessKeyId: 'unknown', secretAccessKey: 'unknown' };

/**
 * Makes sure that an endpoint answers as S3 does, before the bucket and the credentials are known. Sends one ListObjectsV2: a
 * refusal is an answer, too.
 *
 * @throws BackupError `ENDPOINT_UNREACHABLE`, `ENDPOINT_TLS`, `ENDPOINT_NOT_S3`, `ENDPOINT_ERROR`, `PROXY_REFUSED`, or
 * `BAD_OPTION` for an option that cannot be used
 */
export async function requireEndpoint(options: EndpointToTry): Promise<void> {
  const store = new Store({ ...options, bucket: 'unknown', region: 'us-east-1', credentials: UNKNOWN });
  try {
    await store.listPage({ prefix: '', maxKeys: 1 });
  } catch (error) {
    const isAnswer = error instanceof StoreError && isAnswerOfS3(error) && error.code !== 'ProxyRefused';
    if (!isAnswer) throw accessErrorFrom(error, { bucket: 'unknown', endpointName: store.endpointName });
  } finally {
    store.close();
  }
}
