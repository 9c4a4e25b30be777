import * as v from 'valibot';
import { BACKUP_FORM, OVERWRITES, SELECTION_FORM, SEPARATORS } from '../backup/option-forms.ts';
import {
  anyText,
  bytes,
  call,
  type Form,
  maybe,
  number,
  object,
  objectWith,
  oneOf,
  text,
  truth as yesOrNo,
} from '../core/option-forms.ts';
import type { CompareOptions } from './compare.ts';
import type { DeleteSourceOptions } from './delete-source.ts';
import type { FilterOptions } from './filter.ts';
import type { HashOptions } from './hash.ts';
import type { ListOptions } from './list.ts';
import type { PlanOptions } from './plan.ts';
import type { ScanOptions } from './scan.ts';
import type { SkipUnchangedOptions } from './skip-unchanged.ts';
import type { UploadOptions } from './upload.ts';
import type { VerifyOptions } from './verify.ts';

const { deleteAfterUpload, deleteHardLinks, deleteOpenFiles } = BACKUP_FORM;
const { compare, keyFolding, links, oneFileSystem, partSizeBytes, memoryBytes, processes } = BACKUP_FORM;
const truth = maybe(yesOrNo);
const control = maybe(object);
const source = v.union([text, objectWith(['path', 'given'], 'a root')], 'a text that is not empty');
const limit = maybe(v.union([number, objectWith(['current'], 'a limit')], 'a number'));

export const SCAN_FORM: Form<ScanOptions> = {
  source,
  enter: maybe(call),
  whyNot: maybe(call),
  links,
  inKeyOrder: truth,
  oneFileSystem,
  recovers: truth,
  onRestored: maybe(call),
  control,
};

export const LIST_FORM: Form<ListOptions> = {
  source,
  input: bytes,
  separator: maybe(oneOf(SEPARATORS)),
  links,
  control,
};

export const FILTER_FORM: Form<FilterOptions> = {
  ...SELECTION_FORM,
  selection: maybe(object),
  prefix: maybe(anyText),
  collisions: maybe(object),
  keyFolding,
};

export const SKIP_UNCHANGED_FORM: Form<SkipUnchangedOptions> = {
  store: object,
  prefix: maybe(anyText),
  compare,
  control,
};

export const HASH_FORM: Form<HashOptions> = {
  partSizeBytes,
  memoryBytes,
  maxParts: maybe(number),
  processes,
  concurrency: maybe(number),
  deleteAfterUpload,
  deleteOpenFiles,
  onRead: maybe(call),
  onRestored: maybe(call),
  isStored: maybe(call),
  control,
};

export const COMPARE_FORM: Form<CompareOptions> = {
  store: object,
  overwrite: oneOf(OVERWRITES),
  lookup: maybe(object),
  isEmpty: truth,
  concurrency: maybe(number),
  control,
};

export const UPLOAD_FORM: Form<UploadOptions> = {
  store: object,
  concurrency: limit,
  onUploaded: maybe(call),
  neverOverwrites: truth,
  control,
};

export const VERIFY_FORM: Form<VerifyOptions> = {
  store: object,
  strength: BACKUP_FORM.verify,
  deleteAfterUpload,
  requireProof: truth,
  lookup: maybe(object),
  concurrency: maybe(number),
  control,
};

export const DELETE_SOURCE_FORM: Form<DeleteSourceOptions> = {
  enabled: truth,
  removeEmptyDirectories: truth,
  deleteHardLinks: truth,
  deleteOpenFiles,
  store: maybe(object),
  control,
  onFolderRemoved: maybe(call),
};

export const PLAN_FORM: Form<PlanOptions> = {
  deletes: truth,
  deleteHardLinks,
  room: maybe(object),
  store: maybe(object),
  overwrite: BACKUP_FORM.overwrite,
  lookup: maybe(object),
  isStored: maybe(call),
  isEmpty: truth,
  concurrency: maybe(number),
  control,
};
