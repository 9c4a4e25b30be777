import { shortened } from './printable.ts';

/** Command words of other tools, each with the equivalent command here; `''` is the default command. */
const TASKS: Readonly<Record<string, Task>> = {
  ...wordsFor('', 'cp', 'copy', 'sync', 'put', 'push', 'upload', 'backup', 'save', 'store'),
  ...wordsFor('move', 'mv', 'move'),
  ...wordsFor('restore', 'get', 'pull', 'download', 'fetch', 'restore'),
  ...wordsFor('ls', 'list', 'ls'),
  ...wordsFor('verify', 'check', 'diff', 'cmp', 'verify'),
  ...wordsFor('cleanup', 'cleanup'),
  ...wordsFor('runs', 'runs'),
  ...wordsFor('status', 'status'),
};

type Task = '' | 'move' | 'restore' | 'ls' | 'verify' | 'cleanup' | 'runs' | 'status';

/** Options of other tools, each with the option that does the same here. */
const OPTIONS: Readonly<Record<string, string>> = {
  '--move': '--delete-after-upload',
  '--remove-source-files': '--delete-after-upload',
  '--transfers': '--concurrency',
  '--jobs': '--concurrency',
  '-j': '--concurrency',
  '--numworkers': '--concurrency',
};

/**
 * The options of other tools, and misspelt ones. Used for whole commands only: for an option alone the nearest name is
 * suggested.
 */
const SPELLINGS: Readonly<Record<string, string>> = { ...OPTIONS, '--dryrun': '--dry-run' };

const NEVER_DELETED = 'nothing in the bucket is ever deleted';

/** Options of other tools that have no equivalent, each with the reason. */
const NO_OPTION: Readonly<Record<string, string>> = {
  '--delete': `${NEVER_DELETED}; to delete local files once S3 has proved that it holds them, use --delete-after-upload`,
  '--recursive': 'a folder is always backed up with everything below it; omit this option',
  '-r': 'a folder is always backed up with everything below it; omit this option',
};

/** Explains an option of another tool, to follow its name in a message; undefined if it is not a known one. */
export function equivalentOption(name: string): string | undefined {
  if (Object.hasOwn(OPTIONS, name)) return `the equivalent is ${OPTIONS[name]}`;
  return Object.hasOwn(NO_OPTION, name) ? NO_OPTION[name] : undefined;
}

/** The options and commands of this program. */
interface Vocabulary {
  /** Options that take a value. */
  readonly valueOptions: readonly string[];
  /** Options that take no value. */
  readonly switches: readonly string[];
  readonly commands: readonly string[];
}

/**
 * Finds the command for what was typed in another tool's words: `mv ./data s3://b/p`, `./data s3://b/p`. Runs nothing.
 *
 * @param words The command line.
 * @returns text for a message; undefined if the meaning is unclear
 */
export function equivalentCommand(
  words: readonly string[],
  { valueOptions, switches, commands }: Vocabulary,
): string | undefined {
  const [first = ''] = words;
  if (first === 'version') return 'the equivalent is: s3-backup --version';
  if (first === 'config') return 'the equivalent is: s3-backup status';
  if (['rm', 'rb', 'delete', 'del', 'remove', 'mb'].includes(first))
    return `${NEVER_DELETED}, and no bucket is created`;
  const task = Object.hasOwn(TASKS, first) ? TASKS[first] : undefined;
  const { positionals, options, dropped } = parseWords(
    task === undefined && !commands.includes(first) ? words : words.slice(1),
    valueOptions,
    switches,
  );
  const remotes = positionals.filter(isRemote);
  const isOther = task === undefined && first !== 'run' && commands.includes(first);
  if (isOther || (task === undefined && remotes.length === 0) || remotes.length > 1) return undefined;
  if (words.some((word) => word.length > 500)) return undefined;
  const locals = positionals.filter((word) => !isRemote(word));
  if (locals.length > 1) return undefined;
  const isTransfer = task === undefined || task === '' || task === 'move';
  const isFromRemote = remotes[0] !== undefined && remotes[0] === positionals[0] && locals.length === 1;
  const isBack = task === 'restore' || (isTransfer && isFromRemote);
  const main = commandOf(isBack ? 'restore' : (task ?? ''), remotes[0], locals[0]);
  const command = ['s3-backup', ...main, ...options].map(quoted).join(' ');
  const without = dropped.length === 0 ? [] : [`without ${dropped.map(shortened).join(' ')}`];
  const notes = [...without, ...(task === 'move' && isBack ? [NEVER_DELETED] : []), ...orderNote(options)];
  return `the equivalent is: ${command}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

function commandOf(task: Task, remote: string | undefined, local: string | undefined): string[] {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(remote ?? '') ?? [];
  const place = [...(bucket ? ['--bucket', bucket] : []), ...(prefix ? ['--prefix', prefix] : [])];
  const source = local === undefined ? [] : ['--source', local];
  if (task === 'restore') return ['restore', ...place, '--to', local ?? 'DIR'];
  if (task === 'ls' || task === 'cleanup' || task === 'runs' || task === 'status') return [task, ...place];
  if (task === 'verify') return ['verify', ...source, ...place];
  return [...source, ...place, ...(task === 'move' ? ['--delete-after-upload'] : [])];
}

/**
 * Notes that the order of --include and --exclude does not matter here. In aws the last matching one decides, in rclone the
 * first.
 */
function orderNote(options: readonly string[]): string[] {
  const hasBoth = options.includes('--include') && options.includes('--exclude');
  return hasBoth
    ? ['here a file must match an --include, if there is one, and no --exclude, in any order']
    : [];
}

/** Sorts the words of a command line into positionals, options, and `dropped`: options that this program does not have. */
function parseWords(words: readonly string[], valueOptions: readonly string[], switches: readonly string[]) {
  const found = { positionals: [] as string[], options: [] as string[], dropped: [] as string[] };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [typed = '', ...value] = word.split('=');
    const name = Object.hasOwn(SPELLINGS, typed) ? (SPELLINGS[typed] ?? typed) : typed;
    if (!word.startsWith('-')) found.positionals.push(word);
    else if (valueOptions.includes(name)) {
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

/** Quotes a word for a shell, if that is needed. */
function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function wordsFor(task: Task, ...words: string[]): Record<string, Task> {
  return Object.fromEntries(words.map((word) => [word, task]));
}
