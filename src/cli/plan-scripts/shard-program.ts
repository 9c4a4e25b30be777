import type { Plan } from '../../plans/plan.ts';

/** The program that a script starts, and where. */
export interface ShardProgram {
  readonly plan: Plan;
  /** The words by which the program is started: `s3-backup`, or a path to it. */
  readonly program: readonly string[];
  /** The flags that the shards need to have the settings of the plan, as they were given for it. */
  readonly flags: readonly string[];
  /** Folder in which the program is started. */
  readonly cwd: string;
  /** Absolute paths of the folders that are backed up. */
  readonly folders: readonly string[];
  /** Absolute paths of the configuration files. */
  readonly configFiles: readonly string[];
  /** Whether a bandwidth limit is configured, which shards that work at the same time have to share. */
  readonly isLimited: boolean;
}

/** Formats words for a shell. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** Formats one word for a shell: in single quotes unless it holds only characters that mean nothing to any shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The words that start one shard, which finds its index in the environment. */
export function wordsOf({ plan, program, flags }: ShardProgram): string[] {
  return [...program, 'run', '--plan', plan.id, ...flags];
}

/** The words that make one run of all shards, once they have ended. */
export function finishWordsOf({ plan, program, flags }: ShardProgram): string[] {
  return [...program, 'finish', '--plan', plan.id, ...flags];
}

/** A comment for a script that does not know how many shards work at the same time; '' if no limit is configured. */
export function limitComment({ isLimited }: ShardProgram, example: string): string {
  return isLimited
    ? `# Each shard has the whole transfer.bwlimit. To share it, add --parallel N to its command below: ${example}.\n`
    : '';
}

/** One line about a plan, for a comment: nothing in it ends the line. */
export function titleOf({ plan }: ShardProgram): string {
  const { id, ranges, source, bucket, prefix } = plan;
  const shards = `${ranges.length} ${ranges.length === 1 ? 'shard' : 'shards'}`;
  return oneLine(`Plan ${id}: ${shards} of ${source}, to s3://${bucket}/${prefix}`);
}

/** Replaces control characters, among them all that could end a comment. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}
