import { statSync } from 'node:fs';
import { keyFor } from '../core/key.ts';
import type { Found } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { ToDo } from '../run/count-beside.ts';
import { isLeftOut } from '../run/progress.ts';
import { CallPace } from '../source/call-pace.ts';
import { lookAt, lookInBackground } from '../source/look.ts';
import { absolutePath } from '../source/root.ts';
import { selecting } from '../stages/filter.ts';
import type { FileWork } from './pipeline.ts';
import { optionsOf, type ResolvedOptions } from './resolve-options.ts';

/**
 * Finds the files that a run is to work on, with their sizes, by a walk of its own over the same sources with the same
 * selection. Opens no file and changes nothing. Each file comes with its key, without the run's prefix.
 */
export async function* filesToDo(
  options: ResolvedOptions,
  work: Pick<FileWork, 'findHere'>,
  control: RunControl,
): AsyncGenerator<ToDo & { readonly key: string }, void> {
  const selection = options.selection.fork();
  const pace = new CallPace();
  for (const root of options.roots) {
    const { label = '' } = root;
    const ofRoot = { ...optionsOf(options, root), selection, dryRun: true };
    const select = selecting(ofRoot);
    for await (const found of work.findHere(ofRoot, control)) {
      const item = found.settled ? found : select(found.file);
      if (item.settled) {
        const { path, code } = item.settlement;
        if (!isLeftOut(code)) yield { path: label + path, key: label + path, size: 0 };
      } else {
        const { file } = item;
        const size = pace.mayBlock(root.path)
          ? pace.watch(() => sizeOf(file))
          : (await lookInBackground(absolutePath(root, file.path)))?.size;
        yield { path: label + file.path, key: keyFor(label, file.path, file.link), size };
      }
    }
  }
}

/** Size of a file, of a followed link's file, or of a link's target as text; undefined if it is gone. */
function sizeOf({ root, path, link }: Found): number | undefined {
  const absolute = absolutePath(root, path);
  const stats = link === 'follow' ? statSync(absolute, { throwIfNoEntry: false }) : lookAt(absolute);
  return stats?.size;
}
