import prettyBytes from 'pretty-bytes';
import type { Progress } from '../../run/options.ts';

/** Formats the progress line: files, bytes that were read, the average rate, failures. */
export function progressLine(progress: Progress, elapsedSeconds: number): string {
  const seconds = Math.max(0.001, elapsedSeconds);
  const parts = [
    `${progress.files} ${progress.files === 1 ? 'file' : 'files'}`,
    `${prettyBytes(progress.bytes)} read`,
    `${prettyBytes(progress.bytes / seconds)}/s`,
  ];
  if (progress.failed > 0) parts.push(`${progress.failed} failed`);
  if (progress.isAway) parts.push('waiting for the endpoint to come back');
  return parts.join(' · ');
}
