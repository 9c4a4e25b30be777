import type { BodyReceiver } from '../http/answer-parser.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { Capabilities } from './capabilities.ts';
import { StoreError } from './store-error.ts';
import type { ByteRange, HeadRequest, ObjectBytes, ObjectPin } from './store-types.ts';
import type { Transport } from './transport.ts';

/**
 * Sends HEAD, and finds the size by a GET if the answer lacks it: some proxies leave out Content-Length.
 *
 * @param sendsKey Whether a customer's key is sent with every request.
 * @throws StoreError
 */
export async function headWithSize(
  transport: Transport,
  request: HeadRequest,
  capabilities: Capabilities,
  sendsKey: boolean,
): Promise<ObjectState> {
  const state = await headWithFallback(transport, request, capabilities, sendsKey);
  if (state.size !== undefined || request.partNumber !== undefined) return state;
  const { key, versionId } = request;
  try {
    const pin = { key, versionId, etag: state.etag };
    const { size } = await readWithFallback(transport, pin, { start: 0, end: 1 }, sendsKey);
    return { ...state, size };
  } catch (error) {
    if (!(error instanceof StoreError) || error.status !== 416) throw error;
    // Nothing begins at the first byte of an empty object.
    return { ...state, size: 0 };
  }
}

/**
 * Sends HEAD. If the refusal has no body, a listing is asked for the reason, and HEAD is repeated without the likely
 * cause: a customer's key for an object that was stored without one, or checksums if the store knows none.
 *
 * @param sendsKey Whether a customer's key is sent with every request.
 * @throws StoreError
 */
async function headWithFallback(
  transport: Transport,
  request: HeadRequest,
  capabilities: Capabilities,
  sendsKey: boolean,
): Promise<ObjectState> {
  const withChecksums = capabilities.answersChecksumMode;
  try {
    return await transport.head(request, { withChecksums });
  } catch (error) {
    if (!isVagueRefusal(error)) throw error;
  }
  // Perhaps the credentials have expired: an answer to HEAD has no body to say so. One to a listing has.
  await transport.listPage({ prefix: request.key, maxKeys: 1 });
  try {
    return await transport.head(request, { withCustomerKey: !sendsKey, withChecksums });
  } catch (error) {
    if (!withChecksums || !isVagueRefusal(error)) throw error;
    const state = await transport.head(request, { withChecksums: false });
    capabilities.answersChecksumMode = false;
    return state;
  }
}

/**
 * Sends GET, and repeats it without the customer's key for an object that was stored without one.
 *
 * @param receiver Takes the bytes: as they arrive if the transport can, else all at once. It gets no bytes of another write.
 * @throws StoreError
 */
export async function readWithFallback(
  transport: Transport,
  pin: ObjectPin,
  range: ByteRange | undefined,
  sendsKey: boolean,
  receiver?: BodyReceiver,
): Promise<ObjectBytes> {
  const object = await readWithOrWithoutKey(transport, pin, range, sendsKey, receiver);
  const isOfPin = pin.etag === undefined || isSameEtag(object.etag, pin.etag);
  if (isOfPin && object.bytes.length > 0) await receiver?.receive(object.bytes, 0);
  return object;
}

async function readWithOrWithoutKey(
  transport: Transport,
  pin: ObjectPin,
  range: ByteRange | undefined,
  sendsKey: boolean,
  receiver: BodyReceiver | undefined,
): Promise<ObjectBytes> {
  try {
    return await transport.read(pin, range, { receiver });
  } catch (error) {
    if (!sendsKey || !(error instanceof StoreError) || error.status !== 400) throw error;
    return transport.read(pin, range, { withCustomerKey: false, receiver });
  }
}

/** Whether a refusal may have a cause that HEAD cannot name: its answer has no body, only a status. */
function isVagueRefusal(error: unknown): boolean {
  return error instanceof StoreError && (error.status === 400 || error.status === 501);
}
