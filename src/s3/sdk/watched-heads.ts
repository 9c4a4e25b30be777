import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { AdaptiveTimeouts } from '../../http/adaptive-timeouts.ts';
import { MAX_INTERIM_ANSWERS } from '../../http/answer-parser.ts';
import { tooLarge, tooSlow } from './answer-trouble.ts';

/** The method through which an agent receives every request. Node.js's types lack it. */
interface TakesRequests {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/**
 * Makes an agent end requests whose answer does not begin in time, or is preceded by too many interim answers. Node.js
 * limits the bytes of a head, but not its time: one byte a minute is no silence.
 */
export function watchHeads<T extends Agent>(agent: T, patience = new AdaptiveTimeouts()): T {
  const requests = agent as unknown as TakesRequests;
  const add = requests.addRequest;
  requests.addRequest = (request, ...rest) => {
    watch(request, patience);
    add.call(agent, request, ...rest);
  };
  return agent;
}

function watch(request: ClientRequest, patience: AdaptiveTimeouts): void {
  let interimAnswers = 0;
  request.on('information', () => {
    interimAnswers += 1;
    if (interimAnswers > MAX_INTERIM_ANSWERS)
      request.destroy(tooLarge(`more than ${MAX_INTERIM_ANSWERS} interim answers, and no final one`));
  });
  // Without this the reader of the answer would only learn that the connection broke.
  request.once('response', (response: IncomingMessage) => {
    request.once('error', (error) => {
      if (!response.complete) response.destroy(error);
    });
  });
  if (isCompletion(request)) return;
  const sentBytes = Number(request.getHeader('content-length') ?? 0);
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  // The wait for a connection, and for the bandwidth limit, is not the other side's time.
  request.once('finish', () => {
    if (!isOver) timer = setTimeout(() => request.destroy(tooSlow()), patience.wholeMs(sentBytes)).unref();
  });
  for (const event of ['response', 'close']) {
    request.once(event, () => {
      isOver = true;
      clearTimeout(timer);
    });
  }
}

/** Whether a request completes an upload. That may take any time, during which S3 writes spaces. */
function isCompletion({ method, path }: ClientRequest): boolean {
  return method === 'POST' && /[?&]uploadId=/.test(path);
}
