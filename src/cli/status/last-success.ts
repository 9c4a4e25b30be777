import { BackupError, messageOf } from '../../core/errors.ts';
import { findLastSuccess } from '../../manifest/last-success.ts';
import { RUNS_FOLDER } from '../../manifest/record-keys.ts';
import { ConfigError, type LoadedConfig } from '../config/index.ts';
import { FormError } from '../config/parse/form-error.ts';
import { parseDuration } from '../config/parse/parse-duration.ts';
import type { CliContext } from '../context.ts';
import { hintOf } from '../output/own-words.ts';
import { ageLine, PLUGIN_CODES, pluginLine } from '../output/plugin-line.ts';
import { withStore } from '../session/with-store.ts';

/**
 * Runs `s3-backup status --max-age`: looks in the bucket for the last successful run, and prints one line. Lists and reads
 * manifests only, so it works on any machine that may do that.
 *
 * @param load Reads the configuration. What it throws is part of the answer: a check must not be silent.
 * @returns 0 if the run is young enough, 2 if it is older or there is none, 3 if that cannot be found out
 */
export async function checkLastSuccess(
  context: CliContext,
  load: () => Promise<LoadedConfig>,
  given: string,
): Promise<number> {
  const { stdout } = context;
  try {
    const maxAge = secondsOf(given);
    const { state, line } = await withStore(
      context,
      await load(),
      async ({ store, prefix }) => {
        const place = `s3://${store.bucket}/${prefix}`;
        const found = await findLastSuccess(store, prefix);
        return ageLine({ ...found, now: store.clock.now(), maxAge, place });
      },
      // Whoever asks waits for the answer: that there is none now is one, too.
      { below: RUNS_FOLDER, maxOutageSeconds: 0 },
    );
    stdout.write(line);
    return PLUGIN_CODES[state];
  } catch (error) {
    stdout.write(pluginLine('UNKNOWN', reasonOf(error)));
    return PLUGIN_CODES.UNKNOWN;
  }
}

function secondsOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    throw new BackupError('BAD_OPTION', `--max-age is ${JSON.stringify(text)}; use ${error.message}.`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return `${error.problems.join('; ')} [${error.code}]`;
  if (!(error instanceof BackupError)) return `internal error: ${messageOf(error)}`;
  return [`${error.message} [${error.code}]`, hintOf(error)].filter(Boolean).join(' ');
}
