import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import { procReader } from './proc-reader.ts';

/** The PID namespace in which a system starts: its inode is a constant of the kernel. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/**
 * Describes the processes whose open files this process cannot see, as far as it can know: phrases such as `12 processes that
 * this user may not inspect`. Empty if a look for writers sees all. Reads all of /proc, which takes about 10 ms for 1,000
 * processes.
 */
export function unseenProcesses(): string[] {
  if (!hasDescriptorPaths) return ['all processes, since there is no /proc here'];
  const { contentOf, entriesOf, linkOf } = procReader();
  const pids = (entriesOf('/proc') ?? []).filter((name) => /^\d+$/.test(name));
  const closed = pids.filter(
    // Kernel threads have no command line, and no files.
    (pid) => linkOf(`/proc/${pid}/exe`) === 'refused' && contentOf(`/proc/${pid}/cmdline`).length > 0,
  ).length;
  const namespace = linkOf('/proc/self/ns/pid');
  return [
    ...(closed > 0
      ? [`${closed} ${closed === 1 ? 'process' : 'processes'} that this user may not inspect`]
      : []),
    ...(pids.includes('1') ? [] : ['processes that /proc hides (hidepid)']),
    ...(['gone', INITIAL_PID_NAMESPACE].includes(namespace)
      ? []
      : ['processes outside this container (PID namespace)']),
  ];
}
