import type { Post } from './post.ts';

/**
 * Makes a ping of healthchecks.io's protocol (https://healthchecks.io/docs/http_api/). The run's id ties the ping at the end to
 * the one at the start, so that runs that overlap have their own durations. What the URL has behind `?` is kept: `create=1`.
 *
 * @param signal `start`, or the exit code. The URL alone stands for exit code 0.
 * @param text Summary for the log of the check; '' for none.
 */
export function pingOf(url: string, signal: 'start' | number, runId: string, text: string): Post {
  const target = new URL(url);
  const path = target.pathname.replace(/\/$/, '');
  target.pathname = signal === 0 ? path : `${path}/${signal}`;
  target.searchParams.set('rid', runId);
  return { url: target.href, contentType: 'text/plain; charset=utf-8', body: text, flaw };
}

/** healthchecks.io answers 200 to some pings that it does not count, for example `OK (rate limited)`. */
function flaw(answer: string): string | undefined {
  const [, why] = /^OK \(([a-z ]{1,40})\)\s*$/.exec(answer) ?? [];
  return why === undefined ? undefined : `the answer is "OK (${why})"`;
}
