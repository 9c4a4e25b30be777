import { lstatSync, readlinkSync } from 'node:fs';
import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import { systemCode } from '../core/errors.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { type Item, pass, type Reason, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { BytesContent, contentOfFile, type LocalContent } from '../proof/local-content.ts';
import { prove } from '../proof/prove-content.ts';
import type { Store } from '../s3/store.ts';
import { type Reading, SourceContent } from '../source/content.ts';
import { SourceError } from '../source/source-error.ts';
import { SourceFile } from '../source/source-file.ts';
import { openSourceFolder, type SourceFolder } from '../source/source-folder.ts';
import { whenDescriptorsAreFree } from '../source/when-descriptors-are-free.ts';
import type { Chosen, Missing } from './item.ts';
import type { LastFolder } from './last-folder.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { RestoreError } from './restore-error.ts';
import type { TargetRoot } from './target.ts';
import { removeLeftFile } from './temporary-file.ts';
import { settleObjectByError } from './trouble.ts';

/** Options of stage 4. */
export interface CompareLocalOptions {
  readonly store: Store;
  readonly target: TargetRoot;
  /** Looks for names in the target. */
  readonly lastFolder: LastFolder;
  readonly reading: Reading;
  /** Whether a local file that differs is replaced. Default false: the object fails. */
  readonly overwrite?: boolean | undefined;
  /** Whether nothing is written or removed. Default false. */
  readonly dryRun?: boolean | undefined;
  readonly control: RunControl;
}

/** Number of local files compared at the same time. */
const AT_ONCE = 16;

/**
 * Stage 4 of a restore: compares each object with the local file of its name, if there is one.
 *
 * - In: chosen objects. Out: those without an equal local file.
 * - A local file of the object's size is read and compared with what S3 reports of the object. Nothing is downloaded.
 * - Settles as unchanged; as failed: LOCAL_FILE_DIFFERS (unless `overwrite`), PATH_CONFLICT, OUTSIDE_TARGET.
 */
export function compareLocal(options: CompareLocalOptions): Stage<Chosen, Missing, RestoreOutcome> {
  const { control } = options;
  return stage(
    AT_ONCE,
    (file: Chosen): Item<Missing, RestoreOutcome> | Promise<Item<Missing, RestoreOutcome>> => {
      if (control.stopping.aborted) return settle<RestoreOutcome>(file, 'failed', control.reason);
      return isMissing(file, options)
        ? pass(assignCopy(file, { mayBeEqual: false }))
        : compared(file, options);
    },
  );
}

/** Whether nothing has the object's name. False if that is uncertain: opening it names the trouble. */
function isMissing({ path }: Chosen, { lastFolder }: CompareLocalOptions): boolean {
  try {
    const entry = lastFolder.open(parentOf(path)).entry(nameOf(path));
    return lstatSync(entry, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    return error instanceof SourceError && error.code === 'NOT_FOUND';
  }
}

async function compared(file: Chosen, options: CompareLocalOptions): Promise<Item<Missing, RestoreOutcome>> {
  const { store, overwrite = RESTORE_DEFAULTS.overwrite } = options;
  let local: LocalFile | undefined;
  try {
    local = await whenDescriptorsAreFree(() => openLocal(file, options));
    const judgement = local && (await prove(file, local.content, store, false));
    if (judgement?.kind === 'proved') {
      if (!options.dryRun) local?.removeLeftFile();
      const md5 = await local?.content.md5();
      return settle<RestoreOutcome>({ ...file, md5, proof: judgement.proof }, 'unchanged');
    }
    const mayBeEqual = judgement?.kind === 'unproved';
    if (judgement === undefined || mayBeEqual || overwrite) return pass({ ...file, mayBeEqual });
    return settle<RestoreOutcome>(file, 'failed', differs(judgement.reason));
  } catch (error) {
    if (overwrite && isOtherKind(error)) return pass({ ...file, mayBeEqual: false });
    return settleObjectByError(file, error, options);
  } finally {
    local?.close();
  }
}

/** Reason for an object that fails because another local file has its name. */
export function differs(reason: string): Reason<RestoreOutcome> {
  return { code: 'LOCAL_FILE_DIFFERS', reason: `another file is there (${reason})` };
}

/** Whether something other than a regular file has the name, such as a link or a FIFO. It can be replaced as a file can. */
function isOtherKind(error: unknown): boolean {
  return error instanceof SourceError
    ? error.code === 'SYMBOLIC_LINK' || error.code === 'SPECIAL_FILE'
    : error instanceof RestoreError && error.code === 'LOCAL_FILE_DIFFERS';
}

interface LocalFile {
  readonly content: LocalContent;
  removeLeftFile(): void;
  close(): void;
}

type Place = Pick<CompareLocalOptions, 'target' | 'reading'>;

/** Opens the local file or link of an object's name; undefined if there is none. @throws SourceError, RestoreError */
async function openLocal(file: Chosen, place: Place): Promise<LocalFile | undefined> {
  try {
    return file.kind === 'link' ? openLocalLink(file, place) : await openLocalFile(file, place);
  } catch (error) {
    if (error instanceof SourceError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function openLocalFile(file: Chosen, { target, reading }: Place): Promise<LocalFile> {
  const opened = new SourceContent(SourceFile.open({ root: target, path: file.path }), reading);
  try {
    if (opened.size !== file.size) {
      throw new RestoreError(
        'LOCAL_FILE_DIFFERS',
        differs(`${opened.size} bytes instead of ${file.size}`).reason,
      );
    }
    const content = await contentOfFile(opened, reading.md5s);
    return {
      content,
      removeLeftFile: () => removeLeftFile(opened.file.folder, file),
      close: () => opened.close(),
    };
  } catch (error) {
    opened.close();
    throw error;
  }
}

function openLocalLink(file: Chosen, { target, reading }: Place): LocalFile | undefined {
  const folder = openSourceFolder(target, parentOf(file.path));
  try {
    const text = linkTarget(folder, nameOf(file.path));
    if (text !== undefined) {
      const content = new BytesContent(text, reading.md5s);
      return { content, removeLeftFile: () => removeLeftFile(folder, file), close: () => folder.close() };
    }
    folder.close();
    return undefined;
  } catch (error) {
    folder.close();
    throw error;
  }
}

/** Target of a link; undefined if nothing has the name. @throws RestoreError `LOCAL_FILE_DIFFERS` if it is not a link */
function linkTarget(folder: SourceFolder, name: string): Buffer | undefined {
  try {
    return readlinkSync(folder.entry(name), 'buffer');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) === 'EINVAL')
      throw new RestoreError('LOCAL_FILE_DIFFERS', 'what is there is no link');
    throw error;
  }
}

/**
 * Whether a local file or link has an object's name and content: by the MD5 of the content that was fetched, or by what S3
 * reports.
 *
 * @throws SourceError, RestoreError, StoreError
 */
export async function isHere(
  file: Chosen & { readonly md5: string | undefined },
  place: Place & Pick<CompareLocalOptions, 'store'>,
): Promise<boolean> {
  const local = await openLocal(file, place);
  if (local === undefined) return false;
  try {
    if (file.md5 !== undefined) return (await local.content.md5()) === file.md5;
    return (await prove(file, local.content, place.store, false)).kind === 'proved';
  } finally {
    local.close();
  }
}
