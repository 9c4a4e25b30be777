import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange, Handler } from './exchange.ts';
import { asS3Error, type Reply } from './reply.ts';
import { DECLARATION, errorDocument, text } from './xml-write.ts';

const SPACES_MS = 50;

/**
 * Reads the body of a request that gets no answer.
 *
 * @returns a function that performs the request after `ms` milliseconds; its result is ignored
 */
export async function performLater(
  exchange: Exchange,
  handler: Handler,
  ms: number,
): Promise<() => Promise<void>> {
  const pieces: Buffer[] = [];
  for await (const bytes of exchange.source) pieces.push(bytes);
  const source = (async function* () {
    yield* pieces;
  })();
  return async () => {
    await sleep(ms);
    await documentOf({ ...exchange, source }, handler);
  };
}

/** Makes an answer that begins at once, continues with spaces for `ms` milliseconds, then performs the request and ends. */
export function afterSpaces(exchange: Exchange, handler: Handler, ms: number): Reply {
  const body = async function* () {
    yield Buffer.from(DECLARATION);
    for (let left = ms; left > 0; left -= SPACES_MS) {
      yield Buffer.from(' ');
      await sleep(SPACES_MS);
    }
    yield Buffer.from((await documentOf(exchange, handler)).replace(DECLARATION, ''));
  };
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: body() };
}

/** Performs an operation. @returns the document of its answer, or that of its error */
async function documentOf(exchange: Exchange, handler: Handler): Promise<string> {
  try {
    return String((await handler(exchange)).body);
  } catch (error) {
    const { code, message } = asS3Error(error);
    return errorDocument(text('Code', code), text('Message', message));
  }
}
