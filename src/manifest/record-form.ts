import * as v from 'valibot';
import { LINK_SUFFIX } from '../core/key.ts';
import { FATES, ITEM_CODES, PROOF_KINDS } from '../core/outcomes.ts';
import type { ManifestEntry } from './manifest.ts';

/*
 * Manifests and reports are untrusted input: anybody who may write to the bucket may have written them. These schemas make sure
 * that every field has its declared type and bounds, that sizes are exact integers, and that ETags and ids are safe in a request.
 */

/** Longest path: Windows allows 32,767 UTF-16 units, Linux 4,096 bytes. */
const MAX_CHARACTERS = 32_767;

/** Matches half of a surrogate pair, which cannot be encoded in UTF-8. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

const text = v.pipe(v.string(), v.maxLength(MAX_CHARACTERS));
/** Text that a request can hold: without half of a surrogate pair. */
const unicode = v.pipe(
  text,
  v.check((value) => !LONE_SURROGATE.test(value)),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const matching = (form: RegExp) => v.pipe(v.string(), v.regex(form));
/** Printable ASCII, safe in an HTTP header: without a line end that could begin another header. */
const token = matching(/^[ -~]{0,1024}$/);

const ENTRY = v.object({
  path: text,
  key: v.nullable(text),
  size: v.nullable(count),
  mtime: v.optional(v.nullable(matching(/^-?\d{1,16}(\.\d{1,9})?$/)), null),
  mode: v.optional(v.nullable(matching(/^[0-7]{1,11}$/)), null),
  md5: v.nullable(matching(/^[0-9a-f]{32}$/)),
  etag: v.nullable(token),
  version_id: v.nullable(token),
  fate: v.picklist(FATES),
  proof: v.nullable(v.picklist(PROOF_KINDS)),
  code: v.nullable(v.picklist(ITEM_CODES)),
  reason: v.optional(v.nullable(text)),
}) satisfies v.GenericSchema<unknown, ManifestEntry>;

const MANIFEST_HEAD = v.object({
  run: matching(/^[\w-]{1,64}$/),
  bucket: unicode,
  prefix: unicode,
  entries: count,
});

const REPORT_HEAD = v.object({ bucket: unicode, prefix: unicode, dry_run: v.boolean() });

/** A valid value, or what is wrong with it in words. */
export type Parsed<T> = { readonly value: T } | { readonly flaw: string };

/** Validates one entry of a manifest or report. */
export const parseEntry = (value: unknown): Parsed<ManifestEntry> => parse(ENTRY, value);
/** Validates the first line of a manifest. */
export const parseManifestHead = (value: unknown) => parse(MANIFEST_HEAD, value);
/** Validates the fields of a report that stand before its lists. */
export const parseReportHead = (value: unknown) => parse(REPORT_HEAD, value);

/** Validates a value. */
export function parse<S extends v.GenericSchema>(schema: S, value: unknown): Parsed<v.InferOutput<S>> {
  const { success, output, issues } = v.safeParse(schema, value, { abortEarly: true });
  if (success) return { value: output };
  const field = v.getDotPath(issues[0]) ?? '';
  const given = (value as Record<string, unknown> | null)?.[field];
  return { flaw: `its "${field}" is ${given === undefined ? 'missing' : shortJson(given)}` };
}

/**
 * What is wrong with the key of an entry; undefined if it consists of the prefix and the path.
 *
 * @param prefix Prefix of the record, as `normalPrefix` returns it.
 */
export function flawOfKey({ path, key }: ManifestEntry, prefix: string): string | undefined {
  if (key === null || key === prefix + path || key === prefix + path + LINK_SUFFIX) return undefined;
  return `its key ${shortJson(key)} is not the prefix and the path`;
}

/** Converts an untrusted value into JSON of at most 63 characters, for messages. */
export function shortJson(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 60)}...` : json;
}
