import type { Logger } from '../core/logger.ts';
import type { RunEvent } from '../report/events.ts';
import type { OutageNews } from '../s3/outage.ts';
import type { Progress } from './progress.ts';

export interface OutageWatchOptions {
  readonly logger: Logger;
  readonly progress: Progress;
  readonly tell: (event: RunEvent) => void;
}

/** Logs and tells once that the endpoint is away, and once that it is back, although several processes may notice it. */
export class OutageWatch {
  readonly #logger: Logger;
  readonly #progress: Progress;
  readonly #tell: (event: RunEvent) => void;
  #waiting = 0;

  constructor({ logger, progress, tell }: OutageWatchOptions) {
    this.#logger = logger;
    this.#progress = progress;
    this.#tell = tell;
  }

  readonly onOutage = (news: OutageNews): void => {
    const before = this.#waiting;
    this.#waiting += news.isAway ? 1 : -1;
    this.#progress.isAway = this.#waiting > 0;
    if (news.isAway && before === 0) {
      const { reason } = news;
      this.#logger.warn({ operation: 'outage', reason }, 'the endpoint is away: waiting for it');
      this.#tell({ event: 'outage_begins', reason });
    } else if (!news.isAway && this.#waiting === 0) {
      const seconds = Math.round(news.seconds);
      this.#logger.warn({ operation: 'outage', seconds }, 'the endpoint is back: continuing');
      this.#tell({ event: 'outage_ends', seconds: Math.round(news.seconds * 1000) / 1000 });
    }
  };
}
