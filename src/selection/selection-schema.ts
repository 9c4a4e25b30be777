import { type OptionSchemas, optional, seconds, size, string, strings } from '../core/option-schemas.ts';
import type { SelectionOptions } from './selection.ts';

/** The schemas of the options that select files. */
export const SELECTION_SCHEMA: OptionSchemas<SelectionOptions> = {
  fileExtensions: optional(strings),
  include: optional(strings),
  includeFrom: optional(strings),
  exclude: optional(strings),
  excludeFrom: optional(strings),
  ignoreFile: optional(string),
  excludeIfPresent: optional(strings),
  ownFiles: optional(strings),
  minAgeSeconds: optional(seconds),
  maxAgeSeconds: optional(seconds),
  minSizeBytes: optional(size),
  maxSizeBytes: optional(size),
};
