import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoted, randomEtag } from './etag.ts';
import type { Exchange, Handler, StorageFault } from './exchange.ts';
import type { FaultAction, FaultTarget } from './fault-plan.ts';
import { OPERATIONS } from './operations.ts';
import { type Reply, xmlReply } from './reply.ts';
import { afterSpaces, performLater } from './slow-answers.ts';
import { errorDocument, escapeXml, text } from './xml-write.ts';

/** Result of a request: an answer, possibly cut short by a fault, or the end of the connection. */
export type RequestResult =
  | { readonly reply: Reply; readonly cutAfterBytes?: number }
  | {
      readonly reply: undefined;
      readonly ending: 'close' | 'reset';
      /** Is called after the connection was closed. */
      readonly afterwards?: () => Promise<void>;
    };

/** A planned error answer, whose code need not be one of S3's. */
export class FaultError extends Error {
  readonly status: number;
  readonly code: string;
  readonly extras: { readonly headers: Readonly<Record<string, string>> };

  constructor({ status, code, message, headers }: Extract<FaultAction, { kind: 'error' }>) {
    super(message ?? 'A planned fault.');
    this.name = 'FaultError';
    this.status = status;
    this.code = code;
    this.extras = { headers: headers ?? {} };
  }
}

async function readBody(source: AsyncIterable<Buffer>, limit = Number.POSITIVE_INFINITY): Promise<void> {
  let size = 0;
  if (limit <= 0) return;
  for await (const bytes of source) {
    size += bytes.length;
    if (size >= limit) return;
  }
}

function withWrongEtag(reply: Reply): Reply {
  const etag = quoted(randomEtag());
  const headers = reply.headers?.etag === undefined ? reply.headers : { ...reply.headers, etag };
  const body =
    typeof reply.body === 'string'
      ? reply.body.replace(/<ETag>[^<]*<\/ETag>/g, `<ETag>${escapeXml(etag)}</ETag>`)
      : reply.body;
  return { ...reply, ...(headers && { headers }), ...(body !== undefined && { body }) };
}

function withWrongChecksums(reply: Reply): Reply {
  const headers = Object.entries(reply.headers ?? {}).map(([name, value]) => {
    const isChecksum = name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-type';
    return [name, isChecksum ? value?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) : value];
  });
  return { ...reply, headers: Object.fromEntries(headers) };
}

function page(status: number, title: string): Reply {
  const body = `<!doctype html><title>${title}</title>`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

function storageFaultOf({ kind }: FaultAction): StorageFault | undefined {
  return kind === 'random-etag' || kind === 'flip-byte' || kind === 'vanish' ? kind : undefined;
}

async function replace(
  action: FaultAction,
  exchange: Exchange,
  handler: Handler,
  response: ServerResponse,
): Promise<RequestResult | undefined> {
  switch (action.kind) {
    case 'error':
      await readBody(exchange.source);
      throw new FaultError(action);
    case 'error-in-200': {
      await readBody(exchange.source);
      const message = action.message ?? 'A planned fault.';
      return { reply: xmlReply(errorDocument(text('Code', action.code), text('Message', message))) };
    }
    case 'html-200':
      await readBody(exchange.source);
      return { reply: page(200, 'Sign in') };
    case 'page':
      await readBody(exchange.source);
      return { reply: page(action.status, 'Gateway') };
    case 'no-etag-204':
      await readBody(exchange.source);
      return { reply: { status: 204 } };
    case 'reset':
      await readBody(exchange.source, action.afterBytes);
      return { reply: undefined, ending: 'reset' };
    case 'stall':
      await readBody(exchange.source);
      if (!response.destroyed) await once(response, 'close');
      return { reply: undefined, ending: 'close' };
    case 'late':
      return {
        reply: undefined,
        ending: 'close',
        afterwards: await performLater(exchange, handler, action.ms),
      };
    case 'spaces':
      return { reply: afterSpaces(exchange, handler, action.ms) };
    default:
      return undefined;
  }
}

async function pause(action: FaultAction, target: FaultTarget, response: ServerResponse): Promise<void> {
  if (action.kind === 'call') await action.run(target);
  if (action.kind !== 'delay') return;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await sleep(action.ms, undefined, { signal: gone.signal });
}

/**
 * Performs an operation with the planned faults that apply to it.
 *
 * @param actions `delay` and `call` actions in order, and at most one other action, which is the last.
 * @throws {S3Error} for a refusal, FaultError for a planned error answer.
 */
export async function perform(
  exchange: Exchange,
  target: FaultTarget,
  actions: readonly FaultAction[],
  response: ServerResponse,
): Promise<RequestResult> {
  for (const action of actions) await pause(action, target, response);
  const last = actions.at(-1);
  const handler = OPERATIONS[target.operation];
  if (last === undefined) return { reply: await handler(exchange) };
  const outcome = await replace(last, exchange, handler, response);
  if (outcome !== undefined) return outcome;
  const reply = await handler({ ...exchange, storageFault: storageFaultOf(last) });
  if (last.kind === 'wrong-etag') return { reply: withWrongEtag(reply) };
  if (last.kind === 'wrong-checksum') return { reply: withWrongChecksums(reply) };
  if (last.kind === 'reset-response') return { reply, cutAfterBytes: last.afterBytes };
  if (last.kind !== 'lost-answer') return { reply };
  reply.release?.();
  return { reply: undefined, ending: 'close' };
}
