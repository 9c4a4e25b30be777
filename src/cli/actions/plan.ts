import { resolve } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { type PlanRequest, planShards, type StoredPlan } from '../../plans/plan-shards.ts';
import type { SourceRoot } from '../../source/root.ts';
import { sourceRoots } from '../../source/sources.ts';
import { SettingFlag } from '../commands/setting-flag.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { maskedError } from '../output/mask.ts';
import { oneLine, printable } from '../output/printable.ts';
import { Screen } from '../output/screen.ts';
import { ENGINES, type Engine } from '../plan-scripts/engines.ts';
import { isLimited } from '../session/bandwidth-limit.ts';
import { INDEX, OUTPUTS, sharedOutputs } from '../session/config-of-shard.ts';
import { backupOptions, secretsOf } from '../session/options-from-settings.ts';
import { ownFiles } from '../session/own-files.ts';
import { displayProgress } from '../session/progress-display.ts';
import { exitCodeOf, stopOnSignals } from '../session/stop-on-signals.ts';

/** The flags of this command that are not settings. */
export interface PlanFlags {
  readonly shards?: string | undefined;
  readonly shardFiles?: string | undefined;
  readonly by: string;
  readonly print?: string | undefined;
  readonly config?: string | undefined;
  readonly trustConfig: boolean;
  readonly quiet: boolean;
}

/**
 * Runs `s3-backup plan`: stores a plan, and prints what it has, or what starts its shards.
 *
 * @returns the exit code
 * @throws BackupError if no plan could be made
 */
export async function planAction(
  context: CliContext,
  config: LoadedConfig,
  flags: PlanFlags,
): Promise<number> {
  const engine = engineOf(flags.print);
  const request = requestOf(flags);
  const options = { ...backupOptions(config), ownFiles: ownFiles(config, context.cwd) };
  const secrets = secretsOf(config.settings);
  const notes = sharedOutputs(config.settings, OUTPUTS).map(
    (flaw) => `${flaw}; the shards will refuse it: its name needs ${INDEX}, which becomes the index`,
  );
  for (const note of [...config.warnings, ...notes])
    context.stderr.write(wrapLines(`s3-backup: ${oneLine(note)}\n`, context.stderr));
  const screen = new Screen(context);
  const { signal, release } = stopOnSignals(context, {
    say: (text) => screen.write(text),
    effect: 'no plan is stored',
  });
  const { progress, end } = displayProgress({
    ...{ context, screen, config, secrets },
    words: { items: ['file', 'files'], moved: '' },
    isHidden: flags.quiet,
  });
  const onFile = () => {
    progress.files += 1;
  };
  try {
    const proxies = proxyVariables(context.env);
    const stored = await planShards({ ...options, proxies, signal }, { ...request, onFile });
    end();
    if (stored === undefined) return exitCodeOf(signal.reason);
    const text = wrapLines(planText(stored), engine ? context.stderr : context.stdout);
    if (!engine) context.stdout.write(text);
    else if (!flags.quiet) context.stderr.write(text);
    if (!stored.holdsLeases) context.stderr.write(wrapLines(NO_LEASES, context.stderr));
    if (engine)
      context.stdout.write(scriptOf(engine, stored, { context, config, flags, source: options.source }));
    return EXIT_CODES.ok;
  } catch (error) {
    if (signal.aborted && error instanceof BackupError) return exitCodeOf(signal.reason);
    throw error instanceof BackupError ? maskedError(error, secrets) : error;
  } finally {
    end();
    release();
  }
}

const NO_LEASES =
  'This store does not heed conditions on writes, so no shard can have a lease: the engine must run no shard twice at the same time. Each shard needs --no-lease, which says that it does not.\n';

/** @throws BackupError `BAD_OPTION` */
function engineOf(name: string | undefined): Engine | undefined {
  if (name === undefined || name in ENGINES) return name as Engine | undefined;
  const known = Object.keys(ENGINES).join(', ');
  throw new BackupError('BAD_OPTION', `--print is ${JSON.stringify(name)}; allowed are ${known}.`);
}

/** @throws BackupError `BAD_OPTION` */
function requestOf({ shards, shardFiles, by }: PlanFlags): PlanRequest {
  if (shards !== undefined && shardFiles !== undefined)
    throw new BackupError('BAD_OPTION', '--shards and --shard-files exclude each other; use one of them.');
  const [, how, run] = /^(walk|folders|run:(.+))$/s.exec(by) ?? [];
  if (how === undefined)
    throw new BackupError(
      'BAD_OPTION',
      `--by is ${JSON.stringify(by)}; allowed are walk, folders and run:ID.`,
    );
  return {
    shards: wholeNumber('--shards', shards, 10_000),
    shardFiles: wholeNumber('--shard-files', shardFiles, 10 ** 12),
    by: run === undefined ? (how as 'walk' | 'folders') : 'run',
    run,
  };
}

function wholeNumber(flag: string, text: string | undefined, maximum: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,13}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= maximum) return number;
  throw new BackupError(
    'BAD_OPTION',
    `${flag} is ${JSON.stringify(text)}; allowed are whole numbers from 1 to ${maximum}.`,
  );
}

function planText({ plan, key }: StoredPlan): string {
  const { id, ranges, files, bytes, by, bucket } = plan;
  const about = by === 'walk' ? '' : 'about ';
  const counts = ranges.map((range) => range.files);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const each = least === most ? String(least) : `${least} to ${most}`;
  const size = bytes === null ? '' : `, ${prettyBytes(bytes)}`;
  const shards = numberOf(ranges.length, 'shard');
  return [
    `Plan ${id}: ${shards} for ${about}${numberOf(files, 'file')}${size}; ${about}${each} in each`,
    `Stored as ${printable(`s3://${bucket}/${key}`)}`,
    '',
  ].join('\n');
}

function numberOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

interface Given {
  readonly context: CliContext;
  readonly config: LoadedConfig;
  readonly flags: PlanFlags;
  readonly source: Parameters<typeof sourceRoots>[0];
}

function scriptOf(
  engine: Engine,
  { plan, holdsLeases }: StoredPlan,
  { context, config, flags, source }: Given,
): string {
  const { cwd } = context;
  return ENGINES[engine]({
    plan,
    program: ['s3-backup'],
    flags: [...givenFlags(flags), ...(holdsLeases ? [] : ['--no-lease'])],
    cwd,
    folders: sourceRoots(source).map(({ given }: SourceRoot) => given),
    configFiles: config.files.map((file) => resolve(cwd, file)),
    isLimited: isLimited(config),
  });
}

/** The flags of settings, as they were given, and those that name the configuration. */
function givenFlags(flags: PlanFlags): string[] {
  const settings = Object.values(flags).filter((flag) => flag instanceof SettingFlag);
  return [
    ...(flags.config === undefined ? [] : ['--config', flags.config]),
    ...(flags.trustConfig ? ['--trust-config'] : []),
    ...settings.filter(({ value }) => value !== undefined).flatMap(wordsOf),
  ];
}

function wordsOf({ flag, value }: SettingFlag): string[] {
  if (value === true) return [flag];
  if (value === false) return [flag.replace('--', '--no-')];
  return [value].flat().flatMap((each) => [flag, String(each)]);
}
