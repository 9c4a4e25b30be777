import type { Logger } from '../../core/logger.ts';
import {
  ConfigError,
  formatOrigin,
  formatSize,
  type LoadedConfig,
  limitAt,
  parseTimetable,
  type Timetable,
} from '../config/index.ts';
import { oneLine } from '../output/printable.ts';

const CLOCK_MS = 1_000;
const NO_LIMIT = 'off';

/** The bandwidth limit of a run, from `transfer.bwlimit`. It can change while the run works. */
export class BandwidthLimit {
  readonly #logger: Logger;
  readonly #clock = setInterval(() => this.#follow(), CLOCK_MS).unref();
  #timetable: Timetable;
  #current = Number.POSITIVE_INFINITY;

  constructor(config: LoadedConfig, logger: Logger) {
    this.#logger = logger;
    this.#timetable = timetableOf(config);
    this.#follow();
  }

  /** The limit in bytes per second at this moment; `Infinity` for none. */
  get current(): number {
    return this.#current;
  }

  /** Reads the limit from the configuration again. If that has a problem, logs it and keeps the old limit. */
  async readAgain(load: () => Promise<LoadedConfig>): Promise<void> {
    try {
      const config = await load();
      this.#timetable = timetableOf(config);
      this.#follow(formatOrigin(config.origin('transfer.bwlimit')));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const problems = error.problems.map(oneLine);
      this.#logger.error(
        { operation: 'bwlimit', problems },
        'SIGHUP: the configuration cannot be used; the bandwidth limit stays as it is',
      );
    }
  }

  /** @param origin Where the limit was read again; undefined if only the clock moved on. */
  #follow(origin?: string): void {
    const limit = limitAt(this.#timetable, new Date());
    const isNew = limit !== this.#current;
    this.#current = limit;
    if (!isNew && origin === undefined) return;
    const bytesPerSecond = Number.isFinite(limit) ? limit : null;
    const text = bytesPerSecond === null ? NO_LIMIT : `${formatSize(bytesPerSecond)} per second`;
    const fields = { operation: 'bwlimit', bytesPerSecond };
    if (origin === undefined) this.#logger.info(fields, `bandwidth limit: ${text}`);
    else this.#logger.info({ ...fields, origin }, `SIGHUP: bandwidth limit: ${text}`);
  }

  close(): void {
    clearInterval(this.#clock);
  }
}

function timetableOf({ settings }: LoadedConfig): Timetable {
  return parseTimetable(settings.transfer.bwlimit ?? NO_LIMIT);
}
