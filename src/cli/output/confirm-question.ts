import prettyBytes from 'pretty-bytes';
import type { MovePlan } from '../../backup/move-plan.ts';
import { printable } from './printable.ts';

/** Formats the question before a move. It stays in its line, for the answer. */
export function confirmQuestion({ files, bytes, source, bucket, prefix }: MovePlan): string {
  const what = `${files.toLocaleString('en-US')} ${files === 1 ? 'file' : 'files'}, ${prettyBytes(bytes)},`;
  const target = printable(`s3://${bucket}/${prefix}`);
  return `${what} will be deleted in ${printable(source)} once proved in ${target}: go on? [y/N] `;
}
