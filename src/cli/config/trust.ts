import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const OTHERS_WRITE = 0o002;
const GROUP_OR_OTHERS_WRITE = 0o022;
const GROUP_OR_OTHERS_READ = 0o044;
const STICKY = 0o1000;

interface ReadFile {
  /** Absolute. */
  readonly file: string;
  /** As people are told of it. */
  readonly name: string;
  /** Of the descriptor that was read: its name may be another file's by now. */
  readonly stats: Stats;
}

/**
 * Why a file that nobody named (`.backuprc` or `.env` in the current folder or above) must not be used, whatever it
 * says: somebody else may have put it there to have his bucket or his endpoint used. The file and its folder have to
 * be ours or root's, and the folder not world-writable; in a sticky one (`/tmp`) a file of ours or root's is fine.
 * For root, when the file is above the current folder, every folder up to `/` has to be root's and not
 * world-writable.
 *
 * Always empty on Windows, which has no owners and modes of this kind. Access control lists are not looked at.
 *
 * @param cwd absolute path of the current folder
 * @param advice what to do about it
 * @returns one line for each reason
 */
export function foundFileProblems({ file, name, stats }: ReadFile, cwd: string, advice: string): string[] {
  const user = process.geteuid?.();
  if (user === undefined) return [];
  const reasons = [
    ...ownerReasons(file, stats, user),
    ...writableFolders(file, stats, user, OTHERS_WRITE),
    ...(user === 0 && dirname(file) !== resolve(cwd) ? unsafeAncestors(file) : []),
  ];
  return [...new Set(reasons)].map((reason) => `${name}: not used, because ${reason}; ${advice}`);
}

/**
 * Why a file must not decide what is deleted: somebody else than us or root owns it or its folder, or may write to
 * it. A folder that others may write to is fine when it is sticky and the file is ours or root's.
 *
 * Always empty on Windows, which has no owners and modes of this kind. Access control lists are not looked at.
 *
 * @returns one line for each reason
 */
export function deletionProblems({ file, name, stats }: ReadFile): string[] {
  const user = process.geteuid?.();
  if (user === undefined) return [];
  const { mode } = stats;
  const writable =
    (mode & GROUP_OR_OTHERS_WRITE) === 0 ? [] : [`others may write to it (mode ${octal(mode)})`];
  const reasons = [
    ...ownerReasons(file, stats, user),
    ...writable,
    ...writableFolders(file, stats, user, GROUP_OR_OTHERS_WRITE),
  ];
  const advice = 'use chown or chmod go-w, or turn backup.delete_after_upload off';
  return reasons.map((reason) => `${name}: not trusted with deletion, because ${reason}; ${advice}`);
}

/** The mode as text (`0644`) of a file that its group or others may read; undefined on Windows too. */
export function readableByOthers(file: string): string | undefined {
  const { mode } = statSync(file);
  return process.geteuid !== undefined && (mode & GROUP_OR_OTHERS_READ) !== 0 ? octal(mode) : undefined;
}

/** Whoever owns a link, a file or a folder can replace what is behind it. */
function ownerReasons(file: string, stats: Stats, user: number): string[] {
  const link = lstatSync(file);
  const { dev, ino } = statSync(file);
  if (dev !== stats.dev || ino !== stats.ino) return ['another file has taken its name since it was opened'];
  const owned = [
    { what: 'it', uid: stats.uid },
    ...(link.isSymbolicLink() ? [{ what: 'the link', uid: link.uid }] : []),
    ...foldersOf(file).map((folder) => ({ what: `its folder ${folder}`, uid: statSync(folder).uid })),
  ];
  return owned
    .filter(({ uid }) => !isOurs(uid, user))
    .map(({ what, uid }) => `${what} belongs to user ${uid}, who is neither you nor root`);
}

function writableFolders(file: string, { uid }: Stats, user: number, bits: number): string[] {
  const fileIsOurs = isOurs(uid, user) && isOurs(lstatSync(file).uid, user);
  return foldersOf(file).flatMap((folder) => {
    const { mode } = statSync(folder);
    const safe = (mode & bits) === 0 || ((mode & STICKY) !== 0 && fileIsOurs);
    return safe ? [] : [`others may write to its folder ${folder} (mode ${octal(mode)})`];
  });
}

/** Whoever may rename a folder on the way can put another one in its place. */
function unsafeAncestors(file: string): string[] {
  return ancestors(dirname(realpathSync(file))).flatMap((folder) => {
    const { uid, mode } = statSync(folder);
    const safe = uid === 0 && (mode & OTHERS_WRITE) === 0;
    return safe ? [] : [`root takes it from above only if ${folder} is root's and not world-writable`];
  });
}

/** The folder of the file, and for a link also the folder of what it points to. */
function foldersOf(file: string): string[] {
  return [...new Set([dirname(file), dirname(realpathSync(file))])];
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function isOurs(uid: number, user: number): boolean {
  return uid === user || uid === 0;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
