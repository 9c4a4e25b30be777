import { messageOf } from '../../core/errors.ts';
import { type Network, openNetwork } from '../../http/network.ts';
import { proxyVariables } from '../../http/proxy.ts';
import type { Settings } from '../config/index.ts';
import type { NotifyWhen, Webhook } from '../config/parse/parse-webhooks.ts';
import type { CliContext } from '../context.ts';
import { maskedUrl } from '../output/mask-url.ts';
import { runCommand } from '../session/run-command.ts';
import { withoutSecrets } from '../session/without-secrets.ts';
import { LastOutcome } from './last-outcome.ts';
import { mailText } from './mail.ts';
import { pingOf } from './ping.ts';
import { filled } from './placeholders.ts';
import { POST_TIMES, type Post, type PostTimes, post } from './post.ts';
import { objectOf, outcomeOf, type RunNews, type RunOutcome, textOf, titleOf, valuesOf } from './run-news.ts';

/** How long sendmail may take, in seconds: it queues the mail. */
const MAIL_SECONDS = 20;

export interface NotifierInput {
  readonly context: Pick<CliContext, 'cwd' | 'env'>;
  readonly settings: Settings;
  readonly runId: string;
  /** What tells this job from others, for `on: change`. */
  readonly job: readonly unknown[];
  /** Default: 10 s for each try. */
  readonly times?: PostTimes | undefined;
}

interface Message {
  readonly when: NotifyWhen;
  /** @returns what happened if it was not delivered */
  readonly send: () => Promise<string | undefined>;
}

/** Tells others how a run began and ended. A message that cannot be delivered never changes the run's result. */
export class Notifier {
  readonly #input: NotifierInput;
  readonly #network: Network | string;
  /** Resolves to the failure of the ping at the start. */
  #started: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(input: NotifierInput) {
    this.#input = input;
    this.#network = networkOf(input);
  }

  /** Begins to send the ping of the start. It is not waited for. */
  start(): void {
    const { settings, runId } = this.#input;
    const { ping_url: url } = settings.notify;
    if (url !== undefined) this.#started = this.#post(pingOf(url, 'start', runId, ''));
  }

  /**
   * Sends all messages about the end, at the same time.
   *
   * @returns a sentence about each that was not delivered
   */
  async end(news: RunNews): Promise<string[]> {
    const { settings, context, job } = this.#input;
    const { ping_url: ping } = settings.notify;
    const outcome = outcomeOf(news.summary);
    const messages = this.#messages(news);
    const last = messages.some(({ when }) => when === 'change')
      ? new LastOutcome(context.env, job)
      : undefined;
    const isNew = last !== undefined && last.read() !== outcome;
    const isDue = { always: true, change: isNew, failure: outcome !== 'success' };
    const due = messages.filter(({ when }) => isDue[when]);
    const pinged = ping === undefined ? undefined : this.#pingEnd(ping, news);
    const failures = await Promise.all(due.map(({ send }) => send()));
    // A change that somebody was not told of stays one, and the next run tells it.
    const isTold = due.every(({ when }, at) => when !== 'change' || failures[at] === undefined);
    const record = isNew && isTold ? recorded(last, outcome) : undefined;
    return [await pinged, ...failures, record].filter((failure) => failure !== undefined);
  }

  #messages(news: RunNews): Message[] {
    const { webhooks, email, on } = this.#input.settings.notify;
    return [
      ...webhooks.map((each) => ({ when: each.on ?? on, send: () => this.#webhook(each, news) })),
      ...(email.length > 0 ? [{ when: on, send: () => this.#mail(news) }] : []),
    ];
  }

  async #pingEnd(url: string, news: RunNews): Promise<string | undefined> {
    // In the order in which they happened: the start must not arrive last.
    const atStart = await this.#started;
    const atEnd = await this.#post(pingOf(url, news.summary.exit_code, news.runId, textOf(news)));
    if (atEnd !== undefined) return `The ping to ${maskedUrl(url)} was not delivered: ${atEnd}`;
    return atStart && `The ping of the start to ${maskedUrl(url)} was not delivered: ${atStart}`;
  }

  async #webhook({ url, headers, body }: Webhook, news: RunNews): Promise<string | undefined> {
    const content = body === undefined ? objectOf(news) : filled(body, valuesOf(news));
    const isText = typeof content === 'string';
    const failure = await this.#post({
      url,
      headers,
      contentType: isText ? 'text/plain; charset=utf-8' : 'application/json',
      body: isText ? content : JSON.stringify(content),
    });
    return failure && `The webhook ${maskedUrl(url)} was not delivered: ${failure}`;
  }

  async #mail(news: RunNews): Promise<string | undefined> {
    const { context, settings } = this.#input;
    const { email: to, email_from: from, sendmail } = settings.notify;
    let last = '';
    const failure = await runCommand({
      command: [...sendmail, '-t', '-i'],
      cwd: context.cwd,
      env: withoutSecrets(context.env),
      stdin: mailText({ to, from, subject: titleOf(news), text: textOf(news) }),
      limitSeconds: MAIL_SECONDS,
      onLine: (line) => {
        last = line === '' ? last : line;
      },
    });
    return failure && `The mail was not sent: ${sendmail[0]} ${failure}${last === '' ? '' : `: ${last}`}`;
  }

  async #post(message: Post): Promise<string | undefined> {
    if (typeof this.#network === 'string') return this.#network;
    return post(message, this.#network, this.#input.times ?? POST_TIMES);
  }
}

/** A record that is missing makes the next run tell again, which is better than silence; so is one that cannot be written. */
function recorded(last: LastOutcome, outcome: RunOutcome): string | undefined {
  const reason = last.write(outcome);
  return (
    reason &&
    `How this run ended could not be recorded for notify.on: change, so the next run tells it again: ${reason}`
  );
}

/** @returns why there is no network: a proxy that cannot be used */
function networkOf({ context, settings }: NotifierInput): Network | string {
  try {
    return openNetwork({ proxies: proxyVariables(context.env), caBundle: settings.aws.ca_bundle });
  } catch (error) {
    return messageOf(error);
  }
}
