import { storeErrorFrom } from '../store-error.ts';
import { UnansweredCompletion } from './complete-or-look.ts';
import type { PartRequests } from './part-requests.ts';

/**
 * Aborts an upload that failed, or keeps its parts for a later run.
 *
 * @returns what happened to the parts, to be added to the message of the failure; '' if they were removed
 */
export async function giveUpParts(requests: PartRequests, uploadId: string, why: unknown): Promise<string> {
  if (requests.keepsPartsAfter?.(why)) return ' (its parts are kept, and the next run resumes the upload)';
  if (why instanceof UnansweredCompletion)
    return ` (its completion may be under way, so the parts of upload ${uploadId} were not removed)`;
  try {
    await requests.abort(uploadId);
    return '';
  } catch (error) {
    const { code, message } = storeErrorFrom(error, 'AbortMultipartUpload');
    return code === 'NoSuchUpload'
      ? ''
      : ` (and the parts of upload ${uploadId} could not be removed: ${message})`;
  }
}
