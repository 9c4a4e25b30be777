import { unseenProcesses } from '../../source/unseen-processes.ts';
import type { Check } from './check.ts';

/**
 * Reports whether a run that deletes can see which files are open for writing; if some processes are hidden from it, it warns.
 */
export function checkWriters(): Check {
  const name = 'open files';
  const unseen = unseenProcesses();
  if (unseen.length === 0) {
    return {
      name,
      passed: true,
      detail: 'files that other processes have open for writing are detected, and kept',
    };
  }
  return {
    name,
    passed: true,
    mark: '!',
    detail: `files open for writing cannot be detected in ${unseen.join(', ')}`,
    hint: 'Do not move files that these processes write to: set backup.min_age, or run as root, outside a container.',
  };
}
