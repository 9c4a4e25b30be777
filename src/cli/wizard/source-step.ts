import prettyBytes from 'pretty-bytes';
import { resolveOptions } from '../../backup/resolve-options.ts';
import { files } from '../output/summary.ts';
import { type Counted, countFiles } from './count-files.ts';
import type { Finding, Step } from './step.ts';
import type { Wizard } from './wizard.ts';

const KEY = 'backup.source_directory';

/** Asks for the folder, and counts the files in it. */
export const sourceStep: Step = {
  name: 'source',
  flags: '--source',

  isAnswered: (wizard) =>
    wizard.flag(KEY) !== undefined || (wizard.input.yes && wizard.initial(KEY) !== undefined),

  async answer(wizard) {
    if (wizard.flag(KEY) !== undefined) return wizard.takeFlag('source', KEY);
    const initial = wizard.initial(KEY);
    if (wizard.input.yes) return wizard.take(KEY, initial);
    const problem = (folder: string) => wizard.draft.take(KEY, folder);
    const question = { message: 'Which folder is backed up?', example: './data', problem };
    const isOne = typeof initial === 'string';
    await wizard.asking(this.flags).text({ ...question, initial: isOne ? initial : undefined });
  },

  async attempt(wizard): Promise<Finding> {
    const [source, ...others] = await wizard.sourceChecks();
    if (!source?.passed) return { checks: source ? [source] : [], repeat: 'source' };
    const failed = others.filter(({ passed }) => passed === false);
    const counted = await wizard.during('Counting the files', () => countIn(wizard));
    return { checks: [{ ...source, detail: `${source.detail}: ${textOf(counted)}` }, ...failed] };
  },
};

function countIn(wizard: Wizard): Promise<Counted> {
  const { roots } = resolveOptions({ ...wizard.options, bucket: 'none' });
  return countFiles(roots);
}

function textOf({ count, bytes, isWhole }: Counted): string {
  return `${isWhole ? '' : 'more than '}${files(count)}, ${prettyBytes(bytes)}`;
}
