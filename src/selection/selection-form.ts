import { anyText, type Form, maybe, seconds, size, texts } from '../core/option-forms.ts';
import type { SelectionOptions } from './selection.ts';

/** The forms of the options that select files. */
export const SELECTION_FORM: Form<SelectionOptions> = {
  fileExtensions: maybe(texts),
  include: maybe(texts),
  includeFrom: maybe(texts),
  exclude: maybe(texts),
  excludeFrom: maybe(texts),
  ignoreFile: maybe(anyText),
  excludeIfPresent: maybe(texts),
  ownFiles: maybe(texts),
  minAgeSeconds: maybe(seconds),
  maxAgeSeconds: maybe(seconds),
  minSizeBytes: maybe(size),
  maxSizeBytes: maybe(size),
};
