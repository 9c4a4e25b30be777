import type { SourceContent } from '../source/content.ts';
import type { StreamContent } from '../source/stream-content.ts';

/** Content that is in memory as a whole. */
export type WholeContent = (SourceContent | StreamContent) & { readonly bytes: Buffer; readonly md5: string };

/** Whether content is in memory as a whole, so that one request sends it. */
export function isWhole(content: SourceContent | StreamContent): content is WholeContent {
  return content.bytes !== undefined && content.md5 !== undefined;
}
