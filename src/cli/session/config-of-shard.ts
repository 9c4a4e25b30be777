import { dirname, join, parse } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import { type LoadedConfig, type Settings, settingOf } from '../config/index.ts';
import { isStdout } from './is-stdout.ts';

/** The settings that name a file which a run writes. */
export const OUTPUTS = [
  'report.output_json',
  'report.html',
  'report.md5sums',
  'report.events',
  'report.metrics',
  'logging.log_file',
] as const;
export type OutputKey = (typeof OUTPUTS)[number];

/** Stands for the index of the shard in the name of an output. */
export const INDEX = '%i';

/** Stands in the place of the index in the outputs of what finishes a plan. */
export const ALL = 'all';

/** Descriptors and devices: no run replaces what another has written there. */
const NO_FILE = /^(?:fd:\d+|\/dev\/(?:null|stdout|stderr|fd\/\d+)|\/proc\/self\/fd\/\d+)$/;

/**
 * Makes the configuration of a run in a plan: in the name of each output, but not in its folder, `%i` becomes the index of the
 * shard, and nobody gets a message. Without a plan the configuration stays as it is.
 *
 * @param written The outputs that the command writes.
 * @throws BackupError `BAD_OPTION` if one of them is a file without `%i` in its name: all shards would write to it
 */
export function configOfShard(
  config: LoadedConfig,
  shard: { readonly index: number } | undefined,
  written: readonly OutputKey[],
): LoadedConfig {
  if (shard === undefined) return config;
  const { settings } = config;
  const [flaw] = sharedOutputs(settings, written);
  if (flaw !== undefined)
    throw new BackupError('BAD_OPTION', `${flaw}; all shards of a plan would write to it.`, {
      hint: `Put ${INDEX} into its name; it becomes the index of the shard.`,
    });
  return withoutMessages(withNames(config, String(shard.index)));
}

/** The success of one shard would hide the failure of another: what finishes the plan tells how all have ended. */
function withoutMessages(config: LoadedConfig): LoadedConfig {
  const { settings } = config;
  const notify = { ...settings.notify, ping_url: undefined, webhooks: [], email: [] };
  return { ...config, settings: { ...settings, notify } };
}

/** Makes the configuration of what finishes a plan: in the name of each output `%i` becomes `all`. */
export function configOfAll(config: LoadedConfig): LoadedConfig {
  return withNames(config, ALL);
}

function withNames(config: LoadedConfig, text: string): LoadedConfig {
  const { settings } = config;
  const { report, logging } = settings;
  const named = (place: string | undefined) => place && withText(place, text);
  return {
    ...config,
    settings: {
      ...settings,
      report: {
        ...report,
        output_json: named(report.output_json),
        html: named(report.html),
        md5sums: named(report.md5sums),
        events: named(report.events),
        metrics: named(report.metrics),
      },
      logging: { ...logging, log_file: named(logging.log_file) },
    },
  };
}

/**
 * Finds the outputs that are files without `%i` in their names.
 *
 * @returns the setting of each, its flag and its value, as the beginning of a sentence
 */
export function sharedOutputs({ report, logging }: Settings, written: readonly OutputKey[]): string[] {
  const places: Readonly<Record<OutputKey, string | undefined>> = {
    'report.output_json': report.output_json,
    'report.html': report.html,
    'report.md5sums': report.md5sums,
    'report.events': report.events,
    'report.metrics': report.metrics,
    'logging.log_file': logging.log_file,
  };
  return written.flatMap((key) => {
    const place = places[key];
    if (place === undefined || isStdout(place) || NO_FILE.test(place) || parse(place).base.includes(INDEX))
      return [];
    return [`${key} (${settingOf(key).info.flag?.name}) is ${JSON.stringify(place)}`];
  });
}

function withText(place: string, text: string): string {
  const { base } = parse(place);
  return base.includes(INDEX) ? join(dirname(place), base.replaceAll(INDEX, text)) : place;
}
