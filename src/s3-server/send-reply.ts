import type { ServerResponse } from 'node:http';
import type { Reply } from './reply.ts';

/** A planned fault has cut an answer short. The caller must reset the connection. */
export class ConnectionCut extends Error {}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = (): void => {
      response.off('close', onClose);
      resolve();
    };
    const onClose = (): void => {
      response.off('drain', onDrain);
      reject(new Error('the client has gone'));
    };
    response.once('drain', onDrain);
    response.once('close', onClose);
  });
}

async function* firstBytes(
  body: AsyncIterable<Buffer>,
  limit: number,
): AsyncGenerator<Buffer, void, undefined> {
  let left = limit;
  if (left <= 0) return;
  for await (const bytes of body) {
    yield bytes.subarray(0, left);
    left -= bytes.length;
    if (left <= 0) return;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

async function writeBody(response: ServerResponse, body: AsyncIterable<Buffer>): Promise<void> {
  for await (const bytes of body) {
    if (response.destroyed) throw new Error('the client has gone');
    if (!response.write(bytes)) await drained(response);
  }
}

/** Sends the head and `cutAfterBytes` bytes of the body, but not the last byte. Sends nothing if there is no body. */
async function sendCut(
  response: ServerResponse,
  body: AsyncIterable<Buffer>,
  cutAfterBytes: number,
): Promise<never> {
  const length = Number(response.getHeader('content-length') ?? 0);
  if (length > 0) {
    response.flushHeaders();
    await writeBody(response, firstBytes(body, Math.min(cutAfterBytes, length - 1)));
    // The written bytes must have left this process before the reset, or the client would receive fewer.
    await new Promise<void>((resolve) => response.socket?.write('', () => resolve()) ?? resolve());
  }
  throw new ConnectionCut();
}

/**
 * Sends an answer. An answer to HEAD is sent with its headers and without its body.
 *
 * @param cutAfterBytes number of body bytes to send. Default: all.
 * @throws {ConnectionCut} if the answer was cut short.
 * @throws {Error} if the client closes the connection or the body cannot be read.
 */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  cutAfterBytes?: number,
): Promise<void> {
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.statusCode = reply.status;
  const { body = '' } = reply;
  const whole = typeof body === 'string' ? Buffer.from(body) : Buffer.isBuffer(body) ? body : undefined;
  const isHead = response.req.method === 'HEAD';
  const bare = isHead || reply.status === 204 || reply.status === 304;
  if (whole !== undefined && !bare) response.setHeader('content-length', whole.length);
  const stream = whole === undefined ? (body as AsyncIterable<Buffer>) : once(whole);
  if (cutAfterBytes !== undefined && bare) throw new ConnectionCut();
  if (cutAfterBytes !== undefined) await sendCut(response, stream, cutAfterBytes);
  if (bare || whole !== undefined) {
    response.end(bare ? undefined : whole);
    return;
  }
  await writeBody(response, stream);
  response.end();
}
