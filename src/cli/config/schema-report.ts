import * as v from 'valibot';
import { info } from './setting-info.ts';
import { text } from './value-types.ts';

/** What is said at the end. */
export const reportSchema = v.strictObject({
  output_json: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path, or - for stdout')),
    info({
      kind: 'path',
      about: 'Write the report as JSON to this file.',
      allowed: 'path, or "-" for stdout; relative to the current folder; ~/ is the home folder',
      example: 'report.json',
    }),
  ),
});
