import { SourceError } from '../source/source-error.ts';
import type { RunControl } from './run-control.ts';

/** Makes the function that ends the reading of local files for their digests, when the run waits for nothing any more. */
export function stopOfReading(control: RunControl | undefined): () => SourceError | undefined {
  return () => {
    if (!control?.aborting.aborted) return undefined;
    const { code, reason } = control.reason;
    return new SourceError(code, reason);
  };
}
