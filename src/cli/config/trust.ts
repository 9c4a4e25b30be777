import { realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { followPath, type Step } from '../../files/follow-path.ts';
import { currentUser, isOurs, octal, othersMayReplace, othersMayWrite } from '../../files/others.ts';
import { isReadOnly } from '../../files/read-only.ts';

const OTHERS_WRITE = 0o002;
const OTHERS_READ = 0o004;
const GROUP_OR_OTHERS_READ = 0o044;

interface ReadFile {
  /** Absolute. */
  readonly file: string;
  /** Name of the file in messages. */
  readonly name: string;
  /**
   * State of the descriptor that was read: the name may belong to another file by now. Undefined for a draft, which this user
   * is about to write with mode 0600.
   */
  readonly stats: Stats | undefined;
}

/**
 * Lists the reasons why a configuration file must not be used: another user may have written it and could direct the backup to
 * another bucket or endpoint. The file, and every folder and link on its path, must belong to the user or root, and no other
 * user may be able to write to it or replace it. In a sticky folder (`/tmp`) a file of the user or root is safe, and so is a
 * file on a read-only mount, to which nobody can write by this path.
 *
 * Always empty on Windows, which has no owners and modes of this kind. Access control lists are ignored.
 *
 * @param advice What to do about it, for the messages.
 * @returns one line for each reason
 */
export function fileProblems(
  file: ReadFile,
  advice = 'use chown or chmod go-w, or name another file',
): string[] {
  const user = currentUser();
  return user === undefined ? [] : notUsed(file, reasonsAgainst(file, user), advice);
}

/**
 * Lists the reasons why a file that was found, not named, must not be used (`.backuprc` or `.env` in the current folder or
 * above). They are those of `fileProblems`. For root, if the file is above the current folder, every folder up to `/` must also
 * be root's and not world-writable.
 *
 * @param cwd Absolute path of the current folder.
 * @param advice What to do about it, for the messages.
 * @returns one line for each reason
 */
export function foundFileProblems(found: ReadFile, cwd: string, advice: string): string[] {
  const user = currentUser();
  if (user === undefined) return [];
  const { file } = found;
  const isAbove = dirname(file) !== resolve(cwd);
  const reasons = [...reasonsAgainst(found, user), ...(user === 0 && isAbove ? unsafeAncestors(file) : [])];
  return notUsed(found, reasons, advice);
}

/** What only a file that is trusted more may turn on, and how to do without it. */
const POWERS = {
  deletion: 'turn backup.delete_after_upload off',
  commands: 'set no hook and no other program',
} as const;

/**
 * Lists the reasons why a file must not turn deletion on, or name commands to run. They are those of `fileProblems`, and two
 * more: the user's own group may write to it, or another user owns it on a read-only mount and may write to it by another path.
 *
 * @returns one line for each reason
 */
export function powerProblems(read: ReadFile, power: keyof typeof POWERS): string[] {
  const user = currentUser();
  if (user === undefined) return [];
  const advice = `use chown or chmod go-w, or ${POWERS[power]}`;
  return reasonsAgainst(read, user, true).map(
    (reason) => `${read.name}: not trusted with ${power} because ${reason}; ${advice}`,
  );
}

/**
 * The mode (`0644`) of a file that its group or others may read; undefined for any other file, and on Windows. The group of
 * another owner does not count: that is how this user may read the file, as with secrets that root gives to a container.
 */
export function readableByOthers(file: string): string | undefined {
  const user = currentUser();
  if (user === undefined) return undefined;
  const { mode, uid } = statSync(file);
  return (mode & (uid === user ? GROUP_OR_OTHERS_READ : OTHERS_READ)) !== 0 ? octal(mode) : undefined;
}

function notUsed({ name }: Pick<ReadFile, 'name'>, reasons: readonly string[], advice: string): string[] {
  return [...new Set(reasons)].map((reason) => `${name}: not used because ${reason}; ${advice}`);
}

function reasonsAgainst({ file, stats }: ReadFile, user: number, forDeletion = false): string[] {
  if (stats && !isStillThere(file, stats)) return ['another file has taken its name since it was opened'];
  const countedOf = ({ owners, modes, isReadOnly }: Reasons): readonly string[] => {
    if ((owners.length === 0 && modes.length === 0) || !isReadOnly()) return [...owners, ...modes];
    return forDeletion ? owners : [];
  };
  const onTheWay: string[] = [];
  const onStep = (step: Step) => {
    // A draft takes the place of a link, and belongs to the user.
    const entry = stats ? step.stats : (step.stats ?? { uid: user });
    onTheWay.push(...countedOf(stepReasons(step, entry, user, forDeletion)));
  };
  const { folder, name } = followPath(file, { onStep, followsLast: stats !== undefined });
  try {
    if (stats === undefined) return [...new Set(onTheWay)];
    const owners = ownerReasons('it', stats, user);
    const modes = othersMayWrite(stats, user, forDeletion)
      ? [`others may write to it (mode ${octal(stats.mode)})`]
      : [];
    const ofItself = countedOf({ owners, modes, isReadOnly: () => isReadOnly(folder.entry(name)) });
    return [...new Set([...ofItself, ...onTheWay])];
  } finally {
    folder.close();
  }
}

function isStillThere(file: string, { dev, ino }: Stats): boolean {
  const now = statSync(file);
  return now.dev === dev && now.ino === ino;
}

/** The reasons not to trust one name on the path. They do not count on a read-only mount. */
interface Reasons {
  readonly owners: readonly string[];
  readonly modes: readonly string[];
  readonly isReadOnly: () => boolean;
}

/** @param entry Owner of what the name stands for; undefined if there is nothing. */
function stepReasons(
  { folder, isFollowed }: Step,
  entry: Pick<Stats, 'uid'> | undefined,
  user: number,
  anyGroup: boolean,
): Reasons {
  const { path, stats, isReadOnly } = folder;
  const owners = [
    ...(isFollowed ? ownerReasons('the link', entry, user) : []),
    ...ownerReasons(`its folder ${path}`, stats, user),
  ];
  const isWritable = isOurs(stats.uid, user) && othersMayReplace(stats, entry, user, anyGroup);
  const modes = isWritable ? [`others may write to its folder ${path} (mode ${octal(stats.mode)})`] : [];
  return { owners, modes, isReadOnly };
}

function ownerReasons(what: string, stats: Pick<Stats, 'uid'> | undefined, user: number): string[] {
  if (stats === undefined || isOurs(stats.uid, user)) return [];
  return [`${what} belongs to user ${stats.uid}, who is neither you nor root`];
}

/** Lists the folders above that are not root's alone: a user who may rename one can put another in its place. */
function unsafeAncestors(file: string): string[] {
  return ancestors(dirname(realpathSync(file))).flatMap((folder) => {
    const { uid, mode } = statSync(folder);
    const safe = uid === 0 && (mode & OTHERS_WRITE) === 0;
    return safe
      ? []
      : [`root reads it from a parent folder only if ${folder} is root's and not world-writable`];
  });
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
