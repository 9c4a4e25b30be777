import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { requireGenuineAnswers } from './genuine-answers.ts';
import { patientRetries } from './retry.ts';

/** Where the bucket is and who asks. What is missing is found as every AWS tool finds it (profile, SSO, role, IMDS). */
export interface EndpointOptions {
  /** `https://...` of an S3-compatible store. Default: AWS. */
  readonly endpointUrl?: string | undefined;
  /** Default: the SDK's chain, or us-east-1 with an endpoint URL. */
  readonly region?: string | undefined;
  /** A profile of the shared AWS configuration files. */
  readonly profile?: string | undefined;
  readonly credentials?: Credentials | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true with an endpoint URL. */
  readonly forcePathStyle?: boolean | undefined;
  /** Connections at once. Default 16. */
  readonly connections?: number | undefined;
  /** Tries of one request, the first included. Default 5. */
  readonly maxAttempts?: number | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Without these a dead connection would hang for ever: the SDK has no timeouts of its own. Milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 60_000;
/** The SDK writes to the console when requests queue for a socket, which is what a busy run does. One day. */
const NO_WARNING_MS = 86_400_000;

/** The SDK's client with everything set that unattended work needs; nothing is sent yet. */
export function createClient(options: EndpointOptions): S3Client {
  const { endpointUrl, region, profile, credentials } = options;
  const maxAttempts = options.maxAttempts ?? 5;
  const config: S3ClientConfig = {
    maxAttempts,
    retryStrategy: patientRetries(maxAttempts),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: options.connections ?? 16 },
      socketAcquisitionWarningTimeout: NO_WARNING_MS,
      httpsAgent: { keepAlive: true, maxSockets: options.connections ?? 16 },
    },
    // A body over 2 MiB would wait 6 s for "100 Continue" on every server that never answers it.
    expectContinueHeader: false,
    // We send Content-MD5 ourselves; R2, B2, Ceph and others refuse the SDK's default checksums
    // (https://github.com/aws/aws-sdk-js-v3/issues/6810).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    forcePathStyle: options.forcePathStyle ?? endpointUrl !== undefined,
    ...(endpointUrl !== undefined && { endpoint: endpointUrl, region: region ?? 'us-east-1' }),
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(credentials && { credentials: sdkCredentials(credentials) }),
  };
  const client = new S3Client(config);
  requireGenuineAnswers(client);
  return client;
}

function sdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
