import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Credentials, EndpointOptions, StoreOptions } from '../store-types.ts';
import { requireGenuineAnswers } from './genuine-answers.ts';
import { patientRetries } from './retry-strategy.ts';

/** Without these a dead connection would hang for ever: the SDK has no timeouts of its own. Milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 60_000;
/** The SDK writes to the console when requests queue for a socket, which is what a busy run does. One day. */
const NO_WARNING_MS = 86_400_000;

/** The SDK's client with everything set that unattended work needs; nothing is sent yet. */
export function createClient(
  options: EndpointOptions & Pick<StoreOptions, 'onSlowDown'> & { readonly bucket?: string },
): S3Client {
  const { endpointUrl, region, profile, credentials, bucket = '' } = options;
  const maxAttempts = options.maxAttempts ?? 5;
  const config: S3ClientConfig = {
    maxAttempts,
    retryStrategy: patientRetries(maxAttempts, options.onSlowDown),
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
    // An access point is in the host's name only; the SDK refuses its ARN with path style.
    forcePathStyle: options.forcePathStyle ?? (endpointUrl !== undefined && !bucket.startsWith('arn:')),
    ...(endpointUrl !== undefined && {
      endpoint: endpointUrl.replace(/\/+$/, ''),
      region: region ?? 'us-east-1',
    }),
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
