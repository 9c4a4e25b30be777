import * as v from 'valibot';
import { allowedDeletions, type MaxDelete } from '../../../backup/delete-limit.ts';
import { CLI_DEFAULTS, DEFAULTS } from '../../../core/defaults.ts';
import { FormError } from '../parse/form-error.ts';
import { formatDuration, parseDuration } from '../parse/parse-duration.ts';
import { info } from './setting-info.ts';
import { boolean, readWith, textOrNumber } from './value-types.ts';

/** Settings about unusual situations. Every default is the careful choice. */
export const safetySchema = v.strictObject({
  overwrite: v.pipe(
    v.optional(v.picklist(['always', 'if-different', 'never'], 'always, if-different or never')),
    info({
      kind: 'text',
      about:
        'What to do with an object that is under the key already. Equal content is sent again only with always.\n' +
        `never: a file whose key holds other content fails. Default: ${DEFAULTS.overwrite}; never with delete_after_upload.`,
      allowed: 'always, if-different or never',
      example: DEFAULTS.overwrite,
      flag: {
        name: '--overwrite',
        value: 'WHEN',
        about: 'objects with other content: always, if-different, never',
      },
    }),
  ),
  verify: v.pipe(
    v.optional(v.picklist(['auto', 'head', 'download'], 'auto, head or download'), DEFAULTS.verify),
    info({
      kind: 'text',
      about:
        'How the proof is read from S3. auto: from listings if they serve, a request for a thousand files;\n' +
        'head: a request for each file; download: every byte is read back.',
      allowed: 'auto, head or download',
      flag: { name: '--verify', value: 'HOW', about: 'how the proof is read: auto, head, download' },
    }),
  ),
  require_proof: v.pipe(
    v.optional(boolean(), DEFAULTS.requireProof),
    info({
      kind: 'boolean',
      about: 'A file that cannot be proved fails. false: it is kept and counts as done; it is never deleted.',
      allowed: 'true or false',
      flag: {
        name: '--require-proof',
        about: 'treat unproved objects as failed (default); the opposite is --no-require-proof',
      },
    }),
  ),
  on_change: v.pipe(
    v.optional(v.picklist(['retry', 'skip', 'fail'], 'retry, skip or fail'), DEFAULTS.onChange),
    info({
      kind: 'text',
      about:
        'What to do with a file that changes while it is read or sent. retry: twice more at the end, then it fails.',
      allowed: 'retry, skip or fail',
    }),
  ),
  links: v.pipe(
    v.optional(v.picklist(['skip', 'follow', 'store'], 'skip, follow or store'), DEFAULTS.links),
    info({
      kind: 'text',
      about:
        'Symbolic links. follow: uploads the file that one points to. store: uploads the link, as rclone does with\n' +
        '--links, as NAME.rclonelink. Neither is ever deleted.',
      allowed: 'skip, follow or store',
    }),
  ),
  one_file_system: v.pipe(
    v.optional(boolean(), DEFAULTS.oneFileSystem),
    info({
      kind: 'boolean',
      about: 'Leave out folders on other file systems than the source folder.',
      allowed: 'true or false',
    }),
  ),
  delete_hard_links: v.pipe(
    v.optional(boolean(), DEFAULTS.deleteHardLinks),
    info({
      kind: 'boolean',
      about: 'Delete files that have other hard links, too. false: they are uploaded and kept.',
      allowed: 'true or false',
    }),
  ),
  delete_open_files: v.pipe(
    v.optional(boolean(), DEFAULTS.deleteOpenFiles),
    info({
      kind: 'boolean',
      about:
        'Delete files that a process has open for writing (Linux), too. false: they are uploaded and kept.',
      allowed: 'true or false',
    }),
  ),
  fail_if_empty: v.pipe(
    v.optional(boolean(), DEFAULTS.failIfEmpty),
    info({
      kind: 'boolean',
      about: 'End with exit code 1 if there is nothing to back up: the source may not be mounted.',
      allowed: 'true or false',
      flag: { name: '--fail-if-empty', about: 'fail if there is nothing to back up' },
    }),
  ),
  max_delete: v.pipe(
    v.optional(readWith(maxDelete)),
    info({
      kind: 'text',
      about:
        'Most files that a run with delete_after_upload may delete, or a share of the files that it finds. They are counted\n' +
        'first; if there are more, nothing is sent and nothing is deleted.',
      allowed: 'a whole number, or a share: 1000, "10%"',
      example: '10%',
      flag: {
        name: '--max-delete',
        value: 'N|N%',
        about: 'do nothing if a move would delete more files: 1000, 10%',
      },
    }),
  ),
  confirm: v.pipe(
    v.optional(v.picklist(['first', 'always', 'never'], 'first, always or never'), CLI_DEFAULTS.confirm),
    info({
      kind: 'text',
      about:
        'When a run with delete_after_upload on a terminal counts what it would delete here, and asks before it begins.\n' +
        'first: if nothing is below the prefix yet, or only copies of files that are still here. Never asked without a\n' +
        'terminal (cron, a pipe), in the background, and with --quiet or --yes.',
      allowed: 'first, always (as --interactive) or never (as --yes)',
    }),
  ),
  key_folding: v.pipe(
    v.optional(
      v.picklist(['none', 'unicode', 'case', 'both'], 'none, unicode, case or both'),
      DEFAULTS.keyFolding,
    ),
    info({
      kind: 'text',
      about:
        'For a store that takes different keys for one, as its file system may: keys that differ in Unicode form only, or\n' +
        'in case only. Files that would share a key there fail before anything is sent; the source is walked twice.',
      allowed: 'none, unicode, case or both',
    }),
  ),
  lock: v.pipe(
    v.optional(v.picklist(['machine', 'bucket'], 'machine or bucket')),
    info({
      kind: 'text',
      about:
        'What keeps other runs off while one is at work. machine: a lock on this machine. bucket: besides it a lease in the bucket,\n' +
        'which keeps off runs of other machines that ask for it, too. Default: machine; bucket for a shard of a plan.',
      allowed: 'machine or bucket',
      example: DEFAULTS.lock,
    }),
  ),
  wait: v.pipe(
    v.optional(
      readWith((value) => parseDuration(textOrNumber(value))),
      DEFAULTS.waitSeconds,
    ),
    info({
      kind: 'duration',
      about:
        'How long to wait for another run whose source or destination overlaps, instead of failing at once.',
      allowed: 'seconds, or with a unit: 90s, 15m, 12h, 7d',
      flag: {
        name: '--wait',
        value: 'DURATION',
        about: `how long to wait for another run to end; default ${formatDuration(DEFAULTS.waitSeconds)}`,
      },
    }),
  ),
});

function maxDelete(value: unknown): MaxDelete {
  const text = String(textOrNumber(value)).trim();
  try {
    allowedDeletions(text as MaxDelete, 0);
  } catch {
    throw new FormError('a whole number of files, or a share from 0% to 100%');
  }
  return text.endsWith('%') ? (text as MaxDelete) : Number(text);
}
