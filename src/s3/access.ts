import { BackupError, type FatalCode } from '../core/errors.ts';
import type { RunControl } from '../flow/run-control.ts';
import { BROKEN, NOT_REACHED } from './error-codes.ts';
import type { Store } from './store.ts';
import { fatalFrom, StoreError } from './store-error.ts';
import { isTemporary } from './temporary.ts';

const TLS_CODES =
  /CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|DEPTH_ZERO|SELF_SIGNED/;
const UNREACHABLE: ReadonlySet<string> = new Set([...NOT_REACHED, ...BROKEN]);

/**
 * Makes sure, before any file is touched, that the bucket exists and may be listed. Sends one ListObjectsV2, because
 * the answer to HEAD has no body and so does not distinguish a wrong key from a forbidden bucket.
 *
 * @returns whether there is certainly nothing below the prefix yet
 * @throws BackupError that names the problem and what to do
 */
export async function requireAccess(store: Store, prefix: string): Promise<{ isEmpty: boolean }> {
  try {
    const { objects, truncated } = await store.listPage({ prefix, maxKeys: 1 });
    const isHeeded = store.capabilities.conditionsOnPut === 'heeded';
    // An empty page can have another one behind it, for example behind many deleted versions.
    return { isEmpty: objects.length === 0 && !truncated && isHeeded };
  } catch (error) {
    throw accessErrorFrom(error, store);
  }
}

/** Makes sure, like `requireAccess`, that the bucket exists and may be listed, unless the run is stopped. */
export async function accessUnlessStopped(
  store: Store,
  prefix: string,
  control: RunControl,
): Promise<{ isEmpty: boolean } | undefined> {
  try {
    return await requireAccess(store, prefix);
  } catch (error) {
    if (control.aborting.aborted) return undefined;
    throw error;
  }
}

/**
 * Converts a failed listing into the BackupError that explains it.
 *
 * @throws any error that is not a StoreError
 */
export function accessErrorFrom(
  error: unknown,
  { bucket, endpointName }: Pick<Store, 'bucket' | 'endpointName'>,
): BackupError {
  if (!(error instanceof StoreError)) throw error;
  const known = fatalFrom(error, bucket) ?? accessError(error, bucket, endpointName);
  const twice = bucketTwice(bucket, endpointName);
  if (twice === undefined || !FROM_A_STORE.has(known.code)) return known;
  const { code, message, cause, temporary } = known;
  return new BackupError(code, message, { hint: twice, cause, temporary });
}

/** Codes that a store may answer if the bucket's name is in its address twice. */
const FROM_A_STORE: ReadonlySet<string> = new Set<FatalCode>([
  'BUCKET_NOT_FOUND',
  'BUCKET_FORBIDDEN',
  'BUCKET_ELSEWHERE',
  'BAD_SECRET_KEY',
  'ENDPOINT_NOT_S3',
  'ENDPOINT_ERROR',
]);

/**
 * Hint that the endpoint already names the bucket, so that requests ask for an object with the bucket's name; undefined
 * if it does not.
 */
function bucketTwice(bucket: string, endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const { pathname, hostname } = new URL(endpoint);
  const where = pathname.replace(/\/+$/, '').endsWith(`/${bucket}`)
    ? `ends in the bucket's name`
    : hostname.startsWith(`${bucket.toLowerCase()}.`) && `begins with the bucket's name`;
  return where ? `\`endpointUrl\` ${where}: remove ${bucket} from it, since the program adds it.` : undefined;
}

function accessError(error: StoreError, bucket: string, where: string): BackupError {
  // Whatever its status: a login page says 403, too.
  if (['NotS3', 'NotHttp'].includes(error.code)) return notS3(where);
  if (error.code === 'AccessDenied' || error.status === 403) {
    return make(
      'BUCKET_FORBIDDEN',
      `Bucket ${bucket}: ${error.message}`,
      'Allow s3:ListBucket on the bucket, and s3:GetObject and s3:PutObject on its objects.',
    );
  }
  if (TLS_CODES.test(error.code)) return tlsError(error.message, where);
  if (UNREACHABLE.has(error.code)) {
    return make(
      'ENDPOINT_UNREACHABLE',
      `No connection to ${where}: ${error.message}`,
      'Check `endpointUrl`, `region`, the network, and HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
    );
  }
  if (error.message.includes('Region is missing')) {
    return make(
      'BAD_OPTION',
      'No region is set.',
      'Set `region`. The profile may have no region, or may not exist.',
    );
  }
  const temporary = isTemporary(error);
  // The page of a gateway whose store is away is no XML either.
  if (!temporary && /SyntaxError|expected|parse|Unclosed|deserializ/i.test(error.message))
    return notS3(where);
  return new BackupError('ENDPOINT_ERROR', `Bucket ${bucket}: ${error.message}`, {
    hint: 'Nothing was touched.',
    temporary,
  });
}

/** OpenSSL's line for an error: numbers, the reason, and a place in its own sources. */
const OPENSSL_LINE = /\b[0-9A-F]{8,}:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):\S*/gi;

function tlsError(message: string, where: string): BackupError {
  const reason = message.replace(OPENSSL_LINE, '$1');
  return make(
    'ENDPOINT_TLS',
    `No secure connection to ${where}: ${reason}`,
    // OpenSSL's words for an answer that is not TLS at all.
    reason.includes('wrong version number')
      ? 'What answers there speaks no TLS: write http:// instead of https:// in `endpointUrl`, or name another port.'
      : 'Check http:// against https://, the certificate, and `caBundle` for a private CA.',
  );
}

function notS3(where: string): BackupError {
  return make(
    'ENDPOINT_NOT_S3',
    `${where} answers, but not as an S3 endpoint.`,
    'Check `endpointUrl`: it may be a web console or a login page.',
  );
}

function make(code: FatalCode, message: string, hint: string): BackupError {
  return new BackupError(code, message, { hint });
}
