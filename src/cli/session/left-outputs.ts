import { ReplacedOutput } from '../../files/replaced-output.ts';
import type { LoadedConfig } from '../config/index.ts';

/**
 * Removes the temporary files that killed runs left at least a week ago beside the configured report, its page,
 * the MD5s and the metrics.
 *
 * @returns the paths of the removed files
 */
export function removeLeftOutputs({ settings }: LoadedConfig): string[] {
  const { output_json: report, md5sums, html, metrics } = settings.report;
  return [report, md5sums, html, metrics].flatMap((path) =>
    path === undefined || path === '-' ? [] : removeLeftOf(path),
  );
}

/** Ignores failures: a run that needs the folder reports them. */
function removeLeftOf(path: string): string[] {
  let output: ReplacedOutput | undefined;
  try {
    output = new ReplacedOutput(path);
    return output.isFile ? output.prepare().removed : [];
  } catch {
    return [];
  } finally {
    output?.close();
  }
}
