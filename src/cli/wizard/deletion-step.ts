import type { Finding, Step } from './step.ts';

const KEY = 'backup.delete_after_upload';

/** Asks whether files are copied or moved. */
export const deletionStep: Step = {
  name: 'deletion',
  flags: '--delete-after-upload or --no-delete-after-upload',
  isAnswered: (wizard) => wizard.flag(KEY) !== undefined || wizard.input.yes,

  async answer(wizard) {
    if (wizard.flag(KEY) !== undefined) return wizard.takeFlag('deletion', KEY);
    const initial = wizard.initial(KEY) === true;
    if (wizard.input.yes) return wizard.take(KEY, initial);
    const { source_directory: source } = wizard.draft.load().settings.backup;
    const choices = [
      { value: 'copy', label: 'copy', hint: 'nothing is deleted here' },
      { value: 'move', label: 'move', hint: 'each run deletes the files here that S3 has proved it holds' },
    ];
    const message = 'Are files copied, or moved?';
    const question = { message, choices, initial: initial ? 'move' : 'copy' };
    await wizard.choose(this.flags, question, (chosen) => wizard.draft.take(KEY, chosen === 'move'));
    if (wizard.draft.get(KEY) === true) wizard.screen.warn(moveText([source].flat()));
  },

  async attempt(wizard): Promise<Finding> {
    const checks = wizard.draft.get(KEY) === true ? await wizard.sourceChecks() : [];
    const failed = checks.find(({ name, passed }) => name === 'source' && passed === false);
    const shown = checks.filter((check) => check === failed || check.name === 'open files');
    return { checks: shown, repeat: failed && 'deletion' };
  },
};

function moveText(sources: readonly unknown[]): string {
  return `From the first run on, every file below ${sources.join(', ')} is deleted here once S3 has proved that it holds it.`;
}
