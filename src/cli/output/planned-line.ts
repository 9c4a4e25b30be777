import prettyBytes from 'pretty-bytes';
import type { FileEntry } from '../../report/report.ts';
import { PLANS } from '../../stages/plan.ts';
import { oneLine, printable } from './printable.ts';

const VERBS: ReadonlyMap<string | null, string> = new Map([
  [PLANS.upload, 'would upload'],
  [PLANS.keep, 'would upload'],
  [PLANS.overwrite, 'would overwrite'],
  [PLANS.keepOver, 'would overwrite'],
  [PLANS.move, 'would move'],
  [PLANS.moveOver, 'would move over'],
  [PLANS.remove, 'would delete'],
]);
const WIDTH = 'would overwrite'.length;

/** Formats the line of a dry run about one file; '' if the file and its object would stay as they are. */
export function plannedLine({ code, fate, path, key, size, reason }: FileEntry): string {
  if (fate === 'unchanged') return '';
  const verb = VERBS.get(reason);
  if (code === 'DRY_RUN' && verb !== undefined)
    return `${verb.padEnd(WIDTH)} ${prettyBytes(size ?? 0).padStart(9)}  ${printable(path)} -> ${printable(key ?? '')}\n`;
  const other = fate === 'failed' ? 'would fail' : 'would skip';
  return `${other.padEnd(WIDTH)} ${' '.repeat(9)}  ${printable(path)} (${code}: ${oneLine(reason ?? '')})\n`;
}
