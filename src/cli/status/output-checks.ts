import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BackupError, type FatalCode, systemCode, systemMessage } from '../../core/errors.ts';
import { ReplacedOutput } from '../../files/replaced-output.ts';
import type { Settings } from '../config/index.ts';
import { pathOfEvents } from '../events/event-output.ts';
import { printable } from '../output/printable.ts';
import { isStdout } from '../session/is-stdout.ts';
import { attempt } from './attempt.ts';
import type { Check } from './check.ts';

/** A file that a run writes on this machine. */
interface LocalOutput {
  readonly name: string;
  /** The setting, and its flag. */
  readonly setting: string;
  readonly place: string | undefined;
  /** Whether a run makes the folder if it is missing. */
  readonly makesFolder: boolean;
  readonly code: FatalCode;
}

/** Checks that the files which a run writes beside its work can be written; a place that is not set has no check. */
export async function outputChecks({ report, logging }: Settings): Promise<Check[]> {
  const ofReport = { makesFolder: false, code: 'REPORT_NOT_WRITABLE' } as const;
  const events = report.events && pathOfEvents(report.events);
  const outputs: readonly LocalOutput[] = [
    {
      ...{ name: 'log', setting: 'logging.log_file or --log-file', place: logging.log_file },
      ...{ makesFolder: true, code: 'LOG_NOT_WRITABLE' },
    },
    {
      ...ofReport,
      name: 'report',
      setting: 'report.output_json or --output-json',
      place: report.output_json,
    },
    { ...ofReport, name: 'page', setting: 'report.html or --html', place: report.html },
    { ...ofReport, name: 'md5sums', setting: 'report.md5sums or --md5sums', place: report.md5sums },
    { ...ofReport, name: 'events', setting: 'report.events or --events', place: events },
    { ...ofReport, name: 'metrics', setting: 'report.metrics or --metrics', place: report.metrics },
  ];
  return Promise.all(outputs.flatMap((output) => checkOf(output) ?? []));
}

function checkOf(output: LocalOutput): Promise<Check> | undefined {
  const { name, place } = output;
  if (place === undefined || isStdout(place)) return undefined;
  return attempt(name, async () => `${printable(place)} ${tried(output, resolve(place))}`);
}

/** @returns what is known of the output, as the end of a sentence. @throws BackupError if it cannot be written */
function tried({ setting, makesFolder, code }: LocalOutput, path: string): string {
  let output: ReplacedOutput | undefined;
  try {
    output = new ReplacedOutput(path);
    // To open a pipe could wait for ever, or end what its reader waits for.
    if (!output.isFile) return 'is no regular file, and was not tried';
    output.prepare();
    return 'can be written';
  } catch (error) {
    const isFolderMissing = systemCode(error) === 'ENOENT';
    if (isFolderMissing && makesFolder && mayMakeFolder(path))
      return 'can be written: its folder will be made';
    const hint = `Check ${setting}${isFolderMissing && !makesFolder ? ': its folder must exist' : ''}.`;
    throw new BackupError(code, `${printable(path)} cannot be written: ${systemMessage(error)}`, { hint });
  } finally {
    output?.close();
  }
}

/** Whether the folders above a path can be made in the first one that exists. */
function mayMakeFolder(path: string): boolean {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
