import { Agent } from 'node:http';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { DEFAULTS, STORE_DEFAULTS } from '../../core/defaults.ts';
import { requireHomeFolder } from '../../files/home-folder.ts';
import { AdaptiveTimeouts } from '../../http/adaptive-timeouts.ts';
import type { Network } from '../../http/network.ts';
import type { Credentials, EndpointOptions, StoreOptions } from '../store-types.ts';
import { boundAnswers } from './bounded-answers.ts';
import { forwardRequests } from './middleware/forwarded-requests.ts';
import { requireGenuineAnswers } from './middleware/genuine-answers.ts';
import { changeLastStep } from './middleware/last-step.ts';
import { paceBodies } from './middleware/paced-bodies.ts';
import { patientRetries } from './middleware/retry-strategy.ts';
import { TunnelAgent } from './middleware/tunnel-agent.ts';
import { watchHeads } from './watched-heads.ts';

/**
 * Timeout of a connection, in milliseconds. The SDK has no timeouts of its own, so a dead connection would hang for
 * ever.
 */
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * Timeout of a silent connection, in milliseconds, for every request: a part of 8 MiB that the system has accepted
 * travels for minutes without a sign (see http/adaptive-timeouts.ts).
 */
const SILENCE_TIMEOUT_MS = 300_000;
/**
 * Delay of a warning, one day in milliseconds. The SDK writes to the console when requests queue for a socket, as they
 * do in a busy run.
 */
const NO_WARNING_MS = 86_400_000;

/**
 * Option, missing in the SDK's types, that reads the shared configuration anew when credentials are requested again:
 * some tools write new keys there.
 */
const FRESH_FILES: object = { ignoreCache: true };

/**
 * Makes the SDK's client with the settings that unattended work needs; nothing is sent yet. A process without a home
 * folder is given one, as the SDK needs it.
 *
 * @param patience Limits the time of whole requests. Default: as in the signed-http transport.
 */
export function createClient(
  options: EndpointOptions & Pick<StoreOptions, 'onSlowDown'> & { readonly bucket?: string },
  network: Network,
  patience = new AdaptiveTimeouts(),
): S3Client {
  requireHomeFolder();
  const { endpointUrl, region, profile, credentials, bucket = '' } = options;
  const maxAttempts = options.maxAttempts ?? DEFAULTS.maxAttempts;
  const agent = { keepAlive: true, maxSockets: options.connections ?? STORE_DEFAULTS.connections };
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

/**
 * Requests answers without compression: a proxy that compresses them tells no sizes and weakens ETags. The header is
 * not signed, since some proxies change it on the way.
 */
function askForUnencodedAnswers(client: S3Client): void {
  changeLastStep(client, 'askForUnencodedAnswers', ({ method, headers }) =>
    method === 'GET' || method === 'HEAD'
      ? { headers: { ...headers, 'accept-encoding': 'identity' } }
      : undefined,
  );
}

/** Finds the region beside the credentials that the SDK looks up; an endpoint that is not AWS may have none. */
function regionOf(profile: string | undefined): () => Promise<string> {
  let found: Promise<string> | undefined;
  return () => {
    found ??= configuredRegion(profile).then((region) => region ?? 'us-east-1');
    return found;
  };
}

/** Finds the region that the environment or a profile names; undefined if none does. Sends nothing. */
export async function configuredRegion(profile: string | undefined): Promise<string | undefined> {
  const client = new S3Client({ ...FRESH_FILES, ...(profile !== undefined && { profile }) });
  return client.config.region().catch(() => undefined);
}

function sdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** Closes idle connections: after an outage they may lead nowhere. */
export function closeIdleSockets({ config }: S3Client): void {
  const { httpAgent, httpsAgent } = (config.requestHandler as HandlerWithAgents).httpHandlerConfigs();
  for (const agent of [httpAgent, httpsAgent]) {
    for (const sockets of Object.values(agent?.freeSockets ?? {})) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

/** A request handler that has agents. The SDK's type is that of any handler. */
interface HandlerWithAgents {
  httpHandlerConfigs(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent };
}
