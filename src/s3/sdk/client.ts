import { Agent } from 'node:http';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { requireHomeFolder } from '../../files/home-folder.ts';
import type { Network } from '../../http/network.ts';
import { Patience } from '../../http/patience.ts';
import type { Credentials, EndpointOptions, StoreOptions } from '../store-types.ts';
import { boundAnswers } from './bounded-answers.ts';
import { forwardRequests } from './middleware/forwarded-requests.ts';
import { requireGenuineAnswers } from './middleware/genuine-answers.ts';
import { paceBodies } from './middleware/paced-bodies.ts';
import { patientRetries } from './middleware/retry-strategy.ts';
import { TunnelAgent } from './middleware/tunnel-agent.ts';
import { askForUnencodedAnswers } from './unencoded-answers.ts';
import { watchHeads } from './watched-heads.ts';

/** Without these a dead connection would hang for ever: the SDK has no timeouts of its own. Milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** One for all: a part of 8 MiB that the system has taken travels for minutes, and nobody sees it (see http/patience.ts). */
const SILENCE_TIMEOUT_MS = 300_000;
/** The SDK writes to the console when requests queue for a socket, which is what a busy run does. One day. */
const NO_WARNING_MS = 86_400_000;

/** Of the shared configuration too, where credentials are asked for anew: some tools write new keys there. Not in its types. */
const FRESH_FILES: object = { ignoreCache: true };

/**
 * The SDK's client with everything set that unattended work needs; nothing is sent yet. A process without a home folder is
 * given one, as the SDK needs it.
 *
 * @param patience Limits the time of whole requests. Default: as in the signed-http transport.
 */
export function createClient(
  options: EndpointOptions & Pick<StoreOptions, 'onSlowDown'> & { readonly bucket?: string },
  network: Network,
  patience = new Patience(),
): S3Client {
  requireHomeFolder();
  const { endpointUrl, region, profile, credentials, bucket = '' } = options;
  const maxAttempts = options.maxAttempts ?? 5;
  const agent = { keepAlive: true, maxSockets: options.connections ?? 16 };
  const config: S3ClientConfig = {
    maxAttempts,
    ...FRESH_FILES,
    retryStrategy: patientRetries(maxAttempts, options.onSlowDown),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      httpAgent: watchHeads(new Agent(agent), patience),
      socketAcquisitionWarningTimeout: NO_WARNING_MS,
      httpsAgent: watchHeads(new TunnelAgent(agent, network), patience),
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
      region: region ?? (credentials && profile === undefined ? 'us-east-1' : regionOf(profile)),
    }),
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(credentials && { credentials: sdkCredentials(credentials) }),
  };
  const client = new S3Client(config);
  requireGenuineAnswers(client);
  askForUnencodedAnswers(client);
  boundAnswers(client, patience);
  forwardRequests(client, network.proxies);
  if (network.bandwidth) paceBodies(client, network.bandwidth);
  return client;
}

/** The region that the SDK finds beside the credentials that it looks up; an endpoint that is not AWS need not have one. */
function regionOf(profile: string | undefined): () => Promise<string> {
  const client = new S3Client({ ...FRESH_FILES, ...(profile !== undefined && { profile }) });
  let found: Promise<string> | undefined;
  return () => {
    found ??= client.config.region().catch(() => 'us-east-1');
    return found;
  };
}

function sdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** Closes the connections that carry nothing: after an outage they may lead nowhere. */
export function closeIdleSockets({ config }: S3Client): void {
  const { httpAgent, httpsAgent } = (config.requestHandler as HandlerWithAgents).httpHandlerConfigs();
  for (const agent of [httpAgent, httpsAgent]) {
    for (const sockets of Object.values(agent?.freeSockets ?? {})) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

/** Its type is that of a handler of any kind. */
interface HandlerWithAgents {
  httpHandlerConfigs(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent };
}
