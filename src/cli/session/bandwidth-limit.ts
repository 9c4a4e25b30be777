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
const KIB = 1024;

/**
 * The bandwidth limit of a run, from `transfer.bwlimit`. It can change while the run works. Runs that work at the same time share
 * it evenly.
 */
export class BandwidthLimit {
  readonly #logger: Logger;
  readonly #runs: number;
  readonly #clock = setInterval(() => this.#follow(), CLOCK_MS).unref();
  #timetable: Timetable;
  #current = Number.POSITIVE_INFINITY;

  /** @param runs Number of runs that share the limit. Default 1. */
  constructor(config: LoadedConfig, logger: Logger, runs = 1) {
    this.#logger = logger;
    this.#runs = runs;
    this.#timetable = timetableOf(config);
    this.#follow();
  }

  /** The limit of this run in bytes per second at this moment; `Infinity` for none. */
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
    const ofAll = limitAt(this.#timetable, new Date());
    const limit = this.#runs === 1 ? ofAll : shareOf(ofAll, this.#runs);
    const isNew = limit !== this.#current;
    this.#current = limit;
    if (!isNew && origin === undefined) return;
    const bytesPerSecond = Number.isFinite(limit) ? limit : null;
    const share = this.#runs === 1 ? '' : `, a share of ${formatSize(ofAll)} for ${this.#runs} runs`;
    const text = bytesPerSecond === null ? NO_LIMIT : `${formatSize(bytesPerSecond)} per second${share}`;
    const fields = { operation: 'bwlimit', bytesPerSecond };
    if (origin === undefined) this.#logger.info(fields, `bandwidth limit: ${text}`);
    else this.#logger.info({ ...fields, origin }, `SIGHUP: bandwidth limit: ${text}`);
  }

  close(): void {
    clearInterval(this.#clock);
  }
}

/** A share in whole KiB, at least one: with less, no request would ever end. */
function shareOf(limit: number, runs: number): number {
  return Math.max(1, Math.floor(limit / runs / KIB)) * KIB;
}

/** Whether a configuration limits the bandwidth at any time of the day. */
export function isLimited(config: LoadedConfig): boolean {
  return timetableOf(config).some(({ bytesPerSecond }) => Number.isFinite(bytesPerSecond));
}

function timetableOf({ settings }: LoadedConfig): Timetable {
  return parseTimetable(settings.transfer.bwlimit ?? NO_LIMIT);
}
