import { BackupError, systemCode } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { noEntries } from '../../report/entries.ts';
import { runCat } from '../../restore/cat.ts';
import type { CatOptions } from '../../restore/cat-options.ts';
import type { RestoreEntry, RestoreSummary } from '../../restore/summary.ts';
import { literalOf } from '../completion/key-pattern.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { maskedError } from '../output/mask.ts';
import { BandwidthLimit } from '../session/bandwidth-limit.ts';
import { destinationOptions } from '../session/options-from-settings.ts';
import { withLog } from '../session/with-log.ts';

/** The flags of this command that are not settings. */
export interface CatFlags {
  /** A key below the prefix, or a pattern. */
  readonly pattern: string;
  readonly versionAt?: string | undefined;
  readonly run?: string | undefined;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** Exit code of a program that a broken pipe ends: 128 + 13 (SIGPIPE). */
const BROKEN_PIPE = 141;

/**
 * Runs `s3-backup cat`: writes objects to stdout, and nothing else. There is nothing to wait for or to clean up, so a signal
 * ends the process at once.
 *
 * @returns the exit code
 * @throws BackupError if nothing was written
 */
export async function catAction(context: CliContext, config: LoadedConfig, flags: CatFlags): Promise<number> {
  const options = catOptions(context, config, flags);
  return withLog(context, config, flags, async ({ logger, secrets }) => {
    const limit = new BandwidthLimit(config, logger);
    let last: RestoreEntry | undefined;
    const onEntry = (entry: RestoreEntry) => {
      last = entry;
    };
    let readerHasLeft = false;
    const onError = (error: unknown) => {
      readerHasLeft ||= systemCode(error) === 'EPIPE';
    };
    context.stdout.on('error', onError);
    try {
      const bytesPerSecond = () => limit.current;
      const summary = await runCat({ ...options, logger, onEntry, bytesPerSecond }, noEntries);
      return readerHasLeft ? exitCodeWithoutReader(summary, last) : summary.exit_code;
    } catch (error) {
      throw error instanceof BackupError ? maskedError(error, secrets) : error;
    } finally {
      context.stdout.off('error', onError);
      limit.close();
    }
  });
}

function catOptions(context: CliContext, config: LoadedConfig, flags: CatFlags): CatOptions {
  const { safety, transfer, report } = config.settings;
  const { versionAt, run } = flags;
  // Nothing is uploaded, so the checksum for uploads does not apply.
  const { checksum, ...destination } = destinationOptions(config);
  return {
    ...destination,
    ...named(flags.pattern),
    output: context.stdout,
    proxies: proxyVariables(context.env),
    requireProof: safety.require_proof,
    concurrency: transfer.concurrency,
    partSizeBytes: transfer.part_size,
    memoryBytes: transfer.memory,
    exitCodes: report.exit_codes,
    versionAt,
    run,
  };
}

/** A word without wildcards is a key: as a pattern, it would also match objects of this name in every folder. */
function named(word: string): Pick<CatOptions, 'key' | 'pattern'> {
  const key = word.endsWith('/') ? undefined : literalOf(word)?.path;
  return key === undefined || key === '' ? { pattern: word } : { key };
}

/** Leaving early (`| head`) is no failure of a reader, but what is not proved must not seem to be. */
function exitCodeWithoutReader(
  { incomplete_files, error, exit_code }: RestoreSummary,
  last: RestoreEntry | undefined,
): number {
  if (error || incomplete_files > 0) return exit_code;
  return last?.proof === null ? BROKEN_PIPE : EXIT_CODES.ok;
}
