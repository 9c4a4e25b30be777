import type { Client, Task } from '../client.ts';
import { awsEnvironment, TARGET } from './surroundings.ts';

const VERBS: Readonly<Record<Task, string>> = { copy: 'cp', move: 'mv', restore: 'cp' };

interface Flags {
  readonly global?: readonly string[];
  readonly copy?: readonly string[];
}

function s5cmd(id: string, task: Task, { global = [], copy = [] }: Flags = {}): Client {
  const title = ['s5cmd', ...global, VERBS[task], ...copy].join(' ');
  return {
    id,
    title,
    isOurs: false,
    task,
    version: ['s5cmd', 'version'],
    shown: task === 'restore' ? `${title} s3://…` : title,
    command: (place) => ({
      file: 's5cmd',
      args: [
        ...['--endpoint-url', place.endpoint, ...global, VERBS[task], ...copy],
        ...(task === 'restore' ? [`${TARGET}*`, `${place.folder}/`] : [`${place.folder}/`, TARGET]),
      ],
      env: awsEnvironment(place),
    }),
  };
}

/** The second row is what took least CPU here of 1 to 256 workers and 1 to 5 parts at a time. */
export const S5CMD: readonly Client[] = [
  s5cmd('s5cmd', 'copy'),
  s5cmd('s5cmd-best', 'copy', { global: ['--numworkers', '2'], copy: ['--concurrency', '2'] }),
  s5cmd('s5cmd-mv', 'move'),
  s5cmd('s5cmd-restore', 'restore'),
];
