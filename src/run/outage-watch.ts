import type { Logger } from '../core/logger.ts';
import type { OutageNews } from '../s3/outage.ts';
import type { Progress } from './progress.ts';

/** Logs once that the endpoint is away, and once that it is back, although several processes may notice it. */
export class OutageWatch {
  readonly #logger: Logger;
  readonly #progress: Progress;
  #waiting = 0;

  constructor({ logger, progress }: { readonly logger: Logger; readonly progress: Progress }) {
    this.#logger = logger;
    this.#progress = progress;
  }

  readonly onOutage = (news: OutageNews): void => {
    const before = this.#waiting;
    this.#waiting += news.isAway ? 1 : -1;
    this.#progress.isAway = this.#waiting > 0;
    if (news.isAway && before === 0) {
      const { reason } = news;
      this.#logger.warn({ operation: 'outage', reason }, 'the endpoint is away: waiting for it');
    } else if (!news.isAway && this.#waiting === 0) {
      const seconds = Math.round(news.seconds);
      this.#logger.warn({ operation: 'outage', seconds }, 'the endpoint is back: continuing');
    }
  };
}
