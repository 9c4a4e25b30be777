import { resolve } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { type FlagValues, sampleConfig, writeSampleConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';

export interface InitFlags {
  /** Path, or `-` for stdout. Default `.backuprc` in the working directory. */
  readonly file?: string | undefined;
  /** Whether an existing file is replaced. Default false. */
  readonly force?: boolean;
  /** Whether the settings are asked for. Default false: the sample is written. The other flags need it. */
  readonly wizard?: boolean;
  /** Whether nothing is asked, and defaults are taken. Default false. */
  readonly yes?: boolean;
  /** Whether answers are tried. Default true. */
  readonly check?: boolean;
  /** Id of the kind of store. */
  readonly store?: string | undefined;
  /** Settings that flags give. Default: none. */
  readonly settings?: FlagValues;
}

/**
 * Writes the sample configuration, or with `wizard` one that the user is asked for.
 *
 * @returns the exit code
 * @throws BackupError `BAD_OPTION` for a flag that only the wizard has, and what `runWizard` throws
 * @throws ConfigError if the file exists and `force` is false, or if it cannot be written
 */
export async function initAction(context: CliContext, flags: InitFlags): Promise<number> {
  const { file, force = false, yes = false, check = true, store, settings = {} } = flags;
  if (flags.wizard) {
    // Loaded only if it is needed, with the packages that ask.
    const { runWizard } = await import('../wizard/run-wizard.ts');
    return runWizard(context, { file, force, yes, check, store, settings });
  }
  requireNoAnswers(flags);
  if (file === '-') {
    context.stdout.write(sampleConfig());
    return EXIT_CODES.ok;
  }
  const path = resolve(context.cwd, file ?? '.backuprc');
  writeSampleConfig(path, { force });
  const config = file === undefined ? '' : ` --config ${file}`;
  context.stdout.write(`Wrote ${path} (mode 0600). Edit it, then check it with: s3-backup status${config}\n`);
  return EXIT_CODES.ok;
}

/** Refuses answers to questions that are not asked: the sample would be written without them. */
function requireNoAnswers({ yes, check, store, settings = {} }: InitFlags): void {
  const names = [
    ...(yes ? ['--yes'] : []),
    ...(check === false ? ['--no-check'] : []),
    ...(store === undefined ? [] : ['--store']),
    ...Object.values(settings).flatMap((given) => (given?.value === undefined ? [] : [given.flag])),
  ];
  if (names.length > 0) throw new BackupError('BAD_OPTION', `${names.join(', ')}: only with --wizard.`);
}
