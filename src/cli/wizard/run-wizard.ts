import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemMessage } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { ConfigError, writeSampleConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { columnsOf, table, wrap } from '../output/layout.ts';
import { isTerminal } from '../output/screen.ts';
import { askAll } from './ask-all.ts';
import { openPrompts } from './open-prompts.ts';
import { Cancelled } from './prompts.ts';
import { Wizard, type WizardInput } from './wizard.ts';
import { WizardScreen } from './wizard-screen.ts';

const NOTHING_WRITTEN = 'Nothing was written.';

/**
 * Asks for the settings of a first backup, tries each answer at once, and writes the commented configuration. Questions that
 * flags answer are not asked; without a terminal none is.
 *
 * @returns 0 if the file was written; 1 if a flag's answer does not work, or the user refuses; 130 after Ctrl-C
 * @throws BackupError `BAD_OPTION` if a question is neither answered nor may be asked
 * @throws ConfigError `CONFIG_EXISTS`, `CONFIG_UNWRITABLE`, and every error of a configuration that is there already
 */
export async function runWizard(context: CliContext, input: WizardInput): Promise<number> {
  const prompts = input.yes ? undefined : await openPrompts(context);
  const wizard = new Wizard(context, input, prompts, new WizardScreen(context, prompts));
  prompts?.begin('s3-backup: a first configuration');
  let last = '';
  let code: number = EXIT_CODES.ok;
  let result: string | undefined;
  try {
    result = await answersAndFile(wizard);
    if (result === undefined) [last, code] = [NOTHING_WRITTEN, EXIT_CODES.fatal];
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    [last, code] = [NOTHING_WRITTEN, error.exitCode];
  } finally {
    if (prompts) prompts.end(last);
    else if (last !== '') context.stderr.write(`${last}\n`);
  }
  context.stdout.write(result ?? '');
  return code;
}

/** @returns the text for stdout once the file is written; undefined if it is not */
async function answersAndFile(wizard: Wizard): Promise<string | undefined> {
  // First of all, so that no answer is typed in vain.
  const replaces = await mayReplace(wizard);
  if (!(await askAll(wizard))) return undefined;
  const { context, draft, input } = wizard;
  if (input.file === '-') return draft.text;
  if (!(await isConfirmed(wizard))) return undefined;
  writeSampleConfig(draft.file, { force: replaces, text: draft.text });
  const said = `Wrote ${draft.file} (mode 0600). Next:`;
  const columns = columnsOf(context.stdout);
  const steps = nextSteps(input.file === undefined ? '' : ` --config ${input.file}`);
  return `${isTerminal(context.stdout) ? wrap(said, columns) : said}\n${table(steps, columns)}`;
}

function nextSteps(config: string): (readonly [string, string])[] {
  return [
    [`s3-backup status${config}`, 'shows what is set, and tries what a run needs'],
    [`s3-backup --dry-run${config}`, 'says what would be sent, overwritten and deleted'],
    [`s3-backup --html page.html${config}`, 'backs up, and makes a page of the report'],
  ];
}

/**
 * Whether the file may replace another one.
 *
 * @throws ConfigError `CONFIG_EXISTS`; `CONFIG_UNWRITABLE` if its folder takes no file
 */
async function mayReplace({ draft, input, prompts }: Wizard): Promise<boolean> {
  if (input.file === '-') return false;
  try {
    accessSync(dirname(draft.file), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigError('CONFIG_UNWRITABLE', [`${draft.file}: cannot be written: ${systemMessage(error)}`]);
  }
  const isThere = lstatSync(draft.file, { throwIfNoEntry: false }) !== undefined;
  if (input.force || !isThere) return input.force;
  if (await prompts?.confirm(`${draft.file} is there already. Replace it?`, false)) return true;
  throw new ConfigError('CONFIG_EXISTS', [`${draft.file}: already exists; use --force to replace it`]);
}

/** Shows what will be written, and asks once more if anything was asked at all. */
async function isConfirmed(wizard: Wizard): Promise<boolean> {
  const { draft, prompts, screen } = wizard;
  const { columns } = screen;
  const rows = draft.lines.map(({ key, value }): [string, string] => [key, value]);
  const title = wrap('These settings are written, and every other option as a comment:', columns);
  screen.tell(`\n${title}\n${table(rows, columns)}`);
  if (!prompts || !wizard.hasAsked) return true;
  return prompts.confirm(`Write ${draft.file}?`, true);
}
