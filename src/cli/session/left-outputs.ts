import { ReplacedOutput } from '../../files/replaced-output.ts';
import type { LoadedConfig } from '../config/index.ts';

/**
 * Removes the temporary files that killed runs left beside the configured report and MD5s at least a week ago.
 *
 * @returns the paths of the removed files
 */
export function removeLeftOutputs({ settings }: LoadedConfig): string[] {
  const { output_json: report, md5sums } = settings.report;
  return [report, md5sums].flatMap((path) => (path === undefined || path === '-' ? [] : leftOf(path)));
}

/** Ignores failures: a run that needs the place reports them. */
function leftOf(path: string): string[] {
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
