import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireDirectoryRules } from './directory-bucket.ts';
import type { Faults } from './faults.ts';
import type { Operation } from './operations.ts';
import { FaultError, perform, type RequestResult } from './perform.ts';
import { requireRegion } from './region.ts';
import { asS3Error, errorReply } from './reply.ts';
import { parseRequest, type S3Request } from './request.ts';
import { type MutableRecord, recordOf } from './request-log.ts';
import { route } from './route.ts';
import { ConnectionCut, sendReply } from './send-reply.ts';
import type { Signed } from './signature.ts';
import type { Store } from './store.ts';

/** State and settings shared by all requests to one endpoint. */
export interface Endpoint {
  readonly store: Store;
  /** Folder in which everything is stored. */
  readonly directory: string;
  readonly region: string;
  /** Maximum number of entries on a page of a listing. */
  readonly pageLimit: number;
  /** Minimum size of a part that is not the last, in bytes. */
  readonly minPartBytes: number;
  /** Verifies the signature of a request. Throws S3Error. */
  readonly verify: (request: S3Request, now: number) => Signed;
  readonly faults: Faults;
  /** Records a request; undefined if requests are not recorded. */
  readonly record: ((record: MutableRecord) => void) | undefined;
}

/** One request while it is answered. */
interface Call {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the client waits for `100 Continue`. */
  waits: boolean;
  record: MutableRecord | undefined;
}

async function* readIncoming(call: Call): AsyncGenerator<Buffer, void, undefined> {
  if (call.waits) call.response.writeContinue();
  call.waits = false;
  // Leaving this loop early must not destroy the socket, since an error answer must still be sent.
  for await (const bytes of call.incoming.iterator({ destroyOnReturn: false })) {
    if (call.record !== undefined) call.record.bodyBytes += bytes.length;
    yield bytes;
  }
}

function identify(call: Call, endpoint: Endpoint): { request: S3Request; operation: Operation } {
  const request = parseRequest(call.incoming);
  const note = (operation: Operation | undefined): void => {
    if (endpoint.record === undefined) return;
    call.record = recordOf(request, operation);
    endpoint.record(call.record);
  };
  try {
    const operation = route(request);
    note(operation);
    return { request, operation };
  } catch (error) {
    note(undefined);
    throw error;
  }
}

async function answer(call: Call, endpoint: Endpoint): Promise<RequestResult> {
  const { store, region, pageLimit, minPartBytes, faults, verify } = endpoint;
  const { request, operation } = identify(call, endpoint);
  const signed = verify(request, Date.now());
  requireRegion({ request, operation, signedFor: signed.claims.region }, store, region);
  requireDirectoryRules(request);
  const target = { operation, bucket: request.bucket, key: request.key };
  const source = readIncoming(call);
  const limits = { pageLimit, minPartBytes };
  const exchange = { request, signed, source, store, region, ...limits, storageFault: undefined };
  return perform(exchange, target, faults.strike(target), call.response);
}

function failure(error: unknown, resource: string, requestId: string): RequestResult {
  const known = error instanceof FaultError ? error : asS3Error(error);
  return { reply: errorReply(known, { resource, requestId }) };
}

function hangUp({ incoming, response }: Call, ending: 'close' | 'reset'): void {
  if (ending === 'reset') incoming.socket.resetAndDestroy();
  else response.destroy();
}

async function send(call: Call, outcome: RequestResult): Promise<void> {
  const { incoming, response } = call;
  if (outcome.reply === undefined) {
    hangUp(call, outcome.ending);
    return outcome.afterwards?.();
  }
  try {
    if (response.destroyed) return;
    // A client that still waits for `100 Continue` will not send its body, so the connection cannot be used again.
    if (call.waits) response.setHeader('connection', 'close');
    await sendReply(response, outcome.reply, outcome.cutAfterBytes);
    if (call.record !== undefined) call.record.status = outcome.reply.status;
    // The rest of a refused body must be read before the next request on this connection.
    if (!incoming.complete) incoming.resume();
  } catch (error) {
    hangUp(call, error instanceof ConnectionCut ? 'reset' : 'close');
  } finally {
    outcome.reply.release?.();
  }
}

/** Answers one request. The promise never rejects. @param waits Whether the client waits for `100 Continue`. */
export async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  endpoint: Endpoint,
  waits: boolean,
): Promise<void> {
  const call: Call = { incoming, response, waits, record: undefined };
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('x-amz-id-2', requestId);
  // Lets a backup detect that its source is the folder of this endpoint.
  response.setHeader('x-s3-backup-store', encodeURIComponent(endpoint.directory));
  const [resource = '/'] = (incoming.url ?? '/').split('?');
  const outcome = await answer(call, endpoint).catch((error: unknown) => failure(error, resource, requestId));
  await send(call, outcome);
}
