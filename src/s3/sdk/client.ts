import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Network } from '../../http/network.ts';
import type { Credentials, EndpointOptions, StoreOptions } from '../store-types.ts';
import { forwardRequests } from './forwarded-requests.ts';
import { requireGenuineAnswers } from './genuine-answers.ts';
import { paceBodies } from './paced-bodies.ts';
import { patientRetries } from './retry-strategy.ts';
import { TunnelAgent } from './tunnel-agent.ts';

/** Without these a dead connection would hang for ever: the SDK has no timeouts of its own. Milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 60_000;
/** The SDK writes to the console when requests queue for a socket, which is what a busy run does. One day. */
const NO_WARNING_MS = 86_400_000;

/** The SDK's client with everything set that unattended work needs; nothing is sent yet. */
export function createClient(
  options: EndpointOptions & Pick<StoreOptions, 'onSlowDown'>,
  network: Network,
): S3Client {
  const { endpointUrl, region, profile, credentials } = options;
  const maxAttempts = options.maxAttempts ?? 5;
  const agent = { keepAlive: true, maxSockets: options.connections ?? 16 };
  const config: S3ClientConfig = {
    maxAttempts,
    retryStrategy: patientRetries(maxAttempts, options.onSlowDown),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      httpAgent: agent,
      socketAcquisitionWarningTimeout: NO_WARNING_MS,
      httpsAgent: new TunnelAgent(agent, network),
    },
    // A body over 2 MiB would wait 6 s for "100 Continue" on every server that never answers it.
    expectContinueHeader: false,
    // We send Content-MD5 ourselves; R2, B2, Ceph and others refuse the SDK's default checksums
    // (https://github.com/aws/aws-sdk-js-v3/issues/6810).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    forcePathStyle: options.forcePathStyle ?? endpointUrl !== undefined,
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
  forwardRequests(client, network.proxies);
  if (network.bandwidth) paceBodies(client, network.bandwidth);
  return client;
}

function sdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
