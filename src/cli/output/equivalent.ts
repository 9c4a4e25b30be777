import { shortened } from './printable.ts';

/** What other tools' words for a task are called here; `''` is the default command. */
const TASKS: Readonly<Record<string, Task>> = {
  ...named('', 'cp', 'copy', 'sync', 'put', 'push', 'upload', 'backup', 'save', 'store'),
  ...named('move', 'mv', 'move'),
  ...named('restore', 'get', 'pull', 'download', 'fetch', 'restore'),
  ...named('ls', 'list', 'ls'),
  ...named('verify', 'check', 'diff', 'cmp', 'verify'),
};

type Task = '' | 'move' | 'restore' | 'ls' | 'verify';

/** Words of other tools for options, in this program's. */
const OPTIONS: Readonly<Record<string, string>> = {
  '--move': '--delete-after-upload',
  '--remove-source-files': '--delete-after-upload',
  '--transfers': '--concurrency',
  '--jobs': '--concurrency',
  '-j': '--concurrency',
  '--numworkers': '--concurrency',
};

/** These are near enough to be suggested as they are typed, but stand for themselves in a command. */
const SPELLINGS: Readonly<Record<string, string>> = { ...OPTIONS, '--dryrun': '--dry-run' };

const NEVER_DELETED = 'nothing in the bucket is ever deleted';

/** Options that have no equivalent, and why. */
const NO_OPTION: Readonly<Record<string, string>> = {
  '--delete': `${NEVER_DELETED}; to delete local files once S3 has proved that it holds them, use --delete-after-upload`,
  '--recursive': 'a folder is always taken with all that is below it; leave it out',
  '-r': 'a folder is always taken with all that is below it; leave it out',
};

/** What an option of another tool is here, to be said behind its name; undefined if it is not known. */
export function equivalentOption(name: string): string | undefined {
  if (Object.hasOwn(OPTIONS, name)) return `the equivalent is ${OPTIONS[name]}`;
  return Object.hasOwn(NO_OPTION, name) ? NO_OPTION[name] : undefined;
}

/**
 * The command that does what was typed in another tool's words: `mv ./data s3://b/p`, `./data s3://b/p`. Nothing is run.
 *
 * @param words the command line
 * @param takers options of this program that take a value, and `switches` those that take none
 * @returns what to say, or undefined if it is not clear what was meant
 */
export function equivalentCommand(
  words: readonly string[],
  { takers, switches }: { readonly takers: readonly string[]; readonly switches: readonly string[] },
): string | undefined {
  const [first = ''] = words;
  if (first === 'version') return 'the equivalent is: s3-backup --version';
  if (first === 'config') return 'the equivalent is: s3-backup status';
  if (['rm', 'rb', 'delete', 'del', 'remove', 'mb'].includes(first))
    return `${NEVER_DELETED}, and no bucket made`;
  const task = Object.hasOwn(TASKS, first) ? TASKS[first] : undefined;
  const { positionals, options, dropped } = sorted(
    task === undefined && first !== 'run' ? words : words.slice(1),
    takers,
    switches,
  );
  const remotes = positionals.filter(isRemote);
  if ((task === undefined && remotes.length === 0) || remotes.length > 1) return undefined;
  if (words.some((word) => word.length > 500)) return undefined;
  const locals = positionals.filter((word) => !isRemote(word));
  if (locals.length > 1) return undefined;
  const isBack =
    task === 'restore' || (remotes[0] !== undefined && remotes[0] === positionals[0] && locals.length === 1);
  const parts = commandOf(isBack ? 'restore' : (task ?? ''), remotes[0], locals[0]);
  const command = ['s3-backup', ...parts, ...options].map(quoted).join(' ');
  const without = dropped.length === 0 ? '' : ` (without ${dropped.map(shortened).join(' ')})`;
  return `the equivalent is: ${command}${without}`;
}

function commandOf(task: Task, remote: string | undefined, local: string | undefined): string[] {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(remote ?? '') ?? [];
  const place = [...(bucket ? ['--bucket', bucket] : []), ...(prefix ? ['--prefix', prefix] : [])];
  const source = local === undefined ? [] : ['--source', local];
  if (task === 'restore') return ['restore', ...place, '--to', local ?? 'DIR'];
  if (task === 'ls') return ['ls', ...place];
  if (task === 'verify') return ['verify', ...source, ...place];
  return [...source, ...place, ...(task === 'move' ? ['--delete-after-upload'] : [])];
}

/** Words by what they are; `dropped` are options that this program does not have. */
function sorted(words: readonly string[], takers: readonly string[], switches: readonly string[]) {
  const found = { positionals: [] as string[], options: [] as string[], dropped: [] as string[] };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [typed = '', ...value] = word.split('=');
    const name = Object.hasOwn(SPELLINGS, typed) ? (SPELLINGS[typed] ?? typed) : typed;
    if (!word.startsWith('-')) found.positionals.push(word);
    else if (takers.includes(name)) {
      index += value.length === 0 ? 1 : 0;
      found.options.push(name, value.length === 0 ? (words[index] ?? '') : value.join('='));
    } else if (switches.includes(name)) found.options.push(name);
    else found.dropped.push(typed);
  }
  return found;
}

function isRemote(word: string): boolean {
  return /^s3:\/\//i.test(word);
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function named(task: Task, ...words: string[]): Record<string, Task> {
  return Object.fromEntries(words.map((word) => [word, task]));
}
