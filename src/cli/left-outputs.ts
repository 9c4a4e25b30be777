import { Output } from '../files/output.ts';
import type { LoadedConfig } from './config/index.ts';

/**
 * Removes what runs that were killed have left beside the report and the MD5s of the configuration, a week ago.
 *
 * @returns the paths of what was removed
 */
export function removeLeftOutputs({ settings }: LoadedConfig): string[] {
  const { output_json: report, md5sums } = settings.report;
  return [report, md5sums].flatMap((path) => (path === undefined || path === '-' ? [] : leftOf(path)));
}

/** As far as it can: what cannot be written there is said by the run that wants to. */
function leftOf(path: string): string[] {
  let output: Output | undefined;
  try {
    output = new Output(path);
    return output.isReplaceable ? output.prepare() : [];
  } catch {
    return [];
  } finally {
    output?.close();
  }
}
