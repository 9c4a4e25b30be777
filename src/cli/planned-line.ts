import prettyBytes from 'pretty-bytes';
import type { FileEntry } from '../report/report.ts';
import { oneLine, printable } from './printable.ts';

/** What a dry run says of one file. @param deletes Whether the run would delete it then. */
export function plannedLine(entry: FileEntry, deletes: boolean): string {
  const { code, fate, path, key, size, reason } = entry;
  if (code === 'DRY_RUN')
    return `${deletes ? 'would move  ' : 'would upload'} ${prettyBytes(size ?? 0).padStart(9)}  ${printable(path)} -> ${printable(key ?? '')}\n`;
  const verb = fate === 'failed' ? 'would fail  ' : 'would skip  ';
  return `${verb} ${' '.repeat(9)}  ${printable(path)} (${code}: ${oneLine(reason ?? '')})\n`;
}
