import type { RunControl } from '../flow/run-control.ts';
import type { ToDo } from '../run/count-beside.ts';
import { isLeftOut } from '../run/progress.ts';
import { type ChooseOptions, chosenByName } from './choose.ts';
import { findObjects, type ObjectsOptions } from './objects.ts';

/** Finds the objects that a restore is to work on, with their sizes, by a listing of its own with the same selection. */
export async function* objectsToDo(
  options: Omit<ObjectsOptions, 'record'> & Pick<ChooseOptions, 'selection' | 'links'>,
  { stopping }: RunControl,
): AsyncGenerator<ToDo, void> {
  for await (const listed of findObjects(options)) {
    if (stopping.aborted) return;
    if (listed.settled) continue;
    const { path, size } = listed.file;
    const item = chosenByName(listed.file, options);
    if (!item.settled || !isLeftOut(item.settlement.code)) yield { path, size };
  }
}
