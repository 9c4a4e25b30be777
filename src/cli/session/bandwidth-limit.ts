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

/** How many bytes a second a run may send and read back: by `transfer.bwlimit`, which can change while it goes on. */
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

  /** Bytes a second at this moment; `Infinity` for no limit. */
  get current(): number {
    return this.#current;
  }

  /** Takes the limit from the configuration as it is now. Where there is anything wrong with that, the old one stays. */
  readAgain(load: () => LoadedConfig): void {
    try {
      const config = load();
      this.#timetable = timetableOf(config);
      this.#follow(formatOrigin(config.origin('transfer.bwlimit')));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const problems = error.problems.map(oneLine);
      this.#logger.error({ operation: 'bwlimit', problems }, 'SIGHUP: the limit stays as it is');
    }
  }

  /** @param origin Where it was just read again. */
  #follow(origin?: string): void {
    const limit = limitAt(this.#timetable, new Date());
    const isNew = limit !== this.#current;
    this.#current = limit;
    if (!isNew && origin === undefined) return;
    const bytesPerSecond = Number.isFinite(limit) ? limit : null;
    const text = bytesPerSecond === null ? NO_LIMIT : `${formatSize(bytesPerSecond)} a second`;
    const fields = { operation: 'bwlimit', bytesPerSecond };
    if (origin === undefined) this.#logger.info(fields, `limit: ${text}`);
    else this.#logger.info({ ...fields, origin }, `SIGHUP: limit: ${text}`);
  }

  close(): void {
    clearInterval(this.#clock);
  }
}

function timetableOf({ settings }: LoadedConfig): Timetable {
  return parseTimetable(settings.transfer.bwlimit ?? NO_LIMIT);
}
