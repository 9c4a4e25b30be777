import { filesToDo } from '../backup/files-to-do.ts';
import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { compareKeys } from '../core/key.ts';
import type { RunControl } from '../flow/run-control.ts';
import { scan } from '../stages/scan.ts';
import { OrderedWeights } from './ordered-weights.ts';
import type { Weight } from './weight.ts';

/** Options of a search for files. */
export interface FindOptions {
  readonly options: ResolvedOptions;
  readonly control: RunControl;
  /** Called for each file that was found. */
  readonly onFile: () => void;
}

/** Weighs the files by looking at each of them once. */
export async function weighByWalk({ options, control, onFile }: FindOptions): Promise<readonly Weight[]> {
  const weights = new OrderedWeights();
  // The keys of several sources then come in one order, since no prefix begins with another.
  const [first, ...others] = [...options.roots].sort((a, b) => compareKeys(a.label ?? '', b.label ?? ''));
  const inOrder = { ...options, roots: [first ?? options.root, ...others] as const };
  for await (const { key, size = 0 } of filesToDo(inOrder, { findHere: findInOrder }, control)) {
    weights.add(key, size);
    onFile();
  }
  return weights.list;
}

function findInOrder(options: ResolvedOptions, control: RunControl) {
  const { root: source, selection } = options;
  const enter = (folder: string) => selection.enters(source, folder);
  const whyNot = (path: string) => selection.whyNot(source, path);
  return scan({ ...options, source, control, enter, whyNot, inKeyOrder: true });
}
