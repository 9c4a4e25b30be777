import * as v from 'valibot';
import { DEFAULTS, FILES_AT_ONCE, RESUMED_ABOVE_BYTES } from '../../../core/defaults.ts';
import { MAX_PARTS } from '../../../s3/parts.ts';
import { FormError } from '../parse/form-error.ts';
import { formatDuration, parseDuration } from '../parse/parse-duration.ts';
import { formatSize, parseSize } from '../parse/parse-size.ts';
import { parseTimetable } from '../parse/parse-timetable.ts';
import { info } from './setting-info.ts';
import { boolean, orOff, readWith, size, textOrNumber, wholeNumber } from './value-types.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Settings about the transfer of bytes. */
export const transferSchema = v.strictObject({
  concurrency: v.pipe(
    v.optional(wholeNumber(1, 256)),
    info({
      kind: 'number',
      about:
        'Files uploaded at the same time. If it is not set: more while that is faster, up to 256, and half as many if the\n' +
        'store asks to slow down.',
      allowed: 'whole number, 1 to 256',
      example: FILES_AT_ONCE,
      flag: { name: '--concurrency', value: 'N', about: 'files under way at the same time' },
    }),
  ),
  bwlimit: v.pipe(
    v.optional(readWith(limit)),
    info({
      kind: 'text',
      about:
        'Limit on the bytes per second that are sent and read back, over all files and processes; or a timetable of the day,\n' +
        'in local time: "08:00=10M 19:00=off". On SIGHUP (kill -HUP) a run reads it again.',
      allowed: 'a size from 16K, off, or TIME=RATE separated by spaces',
      example: '10M',
      flag: {
        name: '--bwlimit',
        value: 'RATE',
        about: 'most bytes a second: 10M, or 08:00=10M 19:00=off; SIGHUP reads it again',
      },
    }),
  ),
  part_size: v.pipe(
    v.optional(size(5 * MIB, 5 * 1024 * MIB, 'from 5MiB to 5GiB'), DEFAULTS.partSizeBytes),
    info({
      kind: 'size',
      about:
        'Larger files are sent in parts of this size; in larger parts if 10,000 of these do not suffice (above\n' +
        `${Math.floor((MAX_PARTS * DEFAULTS.partSizeBytes) / GIB)} GiB with ${formatSize(DEFAULTS.partSizeBytes)}).`,
      allowed: 'bytes, or with a unit: 8M, 8MiB; 5MiB to 5GiB, and at most half of transfer.memory',
    }),
  ),
  memory: v.pipe(
    v.optional(size(32 * MIB, Number.MAX_SAFE_INTEGER, 'of at least 32MiB'), DEFAULTS.memoryBytes),
    info({
      kind: 'size',
      about: 'Most bytes of file content held in memory at a time, over all files.',
      allowed: 'bytes, or with a unit: 128M, 1GiB; at least 32MiB',
    }),
  ),
  whole_md5: v.pipe(
    v.optional(boolean(), DEFAULTS.wholeMd5),
    info({
      kind: 'boolean',
      about:
        'Compute the MD5 of the whole file for the report, also if it is sent in parts. Its proof does not need it:\n' +
        'every part has an MD5 of its own. false saves half of the CPU that a large file takes.',
      allowed: 'true or false',
    }),
  ),
  resume: v.pipe(
    v.optional(boolean()),
    info({
      kind: 'boolean',
      about:
        'Resume interrupted multipart uploads; keep the parts of a failed upload for the next run. If it is not set: for\n' +
        `files over ${RESUMED_ABOVE_BYTES / MIB} MiB. Nothing is kept on this machine.\n` +
        'Never resumed: objects with a lock, since S3 does not show that of an unfinished upload; and in directory buckets.',
      allowed: 'true or false',
      example: true,
    }),
  ),
  transport: v.pipe(
    v.optional(v.picklist(['auto', 'sdk'], 'auto or sdk'), DEFAULTS.transport),
    info({
      kind: 'text',
      about:
        "auto: plain S3 requests are made by this program, at a fraction of the SDK's CPU, and the SDK does all else.\n" +
        'sdk: everything goes through the AWS SDK.',
      allowed: 'auto or sdk',
    }),
  ),
  sign_payload: v.pipe(
    v.optional(boolean(), DEFAULTS.signPayload),
    info({
      kind: 'boolean',
      about:
        'Sign the SHA-256 of every body over plain HTTP. Without it the signed Content-MD5 protects the body; if\n' +
        's3.checksum leaves that out, the SHA-256 is signed in any case.\n' +
        'Over https it is never needed.',
      allowed: 'true or false',
    }),
  ),
  processes: v.pipe(
    v.optional(wholeNumber(1, 64), DEFAULTS.processes),
    info({
      kind: 'number',
      about:
        'Processes that hash, upload, verify and delete, for machines with more than two cores; with two it only costs\n' +
        'CPU. The walk and the report stay in one process.\n' +
        'transfer.concurrency and transfer.memory are divided among them; each has room for two parts at least.',
      allowed: 'whole number, 1 to 64',
      flag: { name: '--processes', value: 'N', about: 'processes that the work is spread over' },
    }),
  ),
  max_attempts: v.pipe(
    v.optional(wholeNumber(1, 20), DEFAULTS.maxAttempts),
    info({
      kind: 'number',
      about: 'How often a request is tried before its file fails.',
      allowed: 'whole number, 1 to 20',
    }),
  ),
  max_outage: v.pipe(
    v.optional(
      readWith((value) => parseDuration(textOrNumber(value))),
      DEFAULTS.maxOutageSeconds,
    ),
    info({
      kind: 'duration',
      about:
        'How long to wait for an endpoint that was there and is away as a whole, before the run ends (exit code 1). Tries\n' +
        'meanwhile do not count. 0: no waiting, every file in work fails by itself.',
      allowed: 'seconds, or with a unit: 90s, 15m, 12h, 7d',
      flag: {
        name: '--max-outage',
        value: 'DURATION',
        about: `how long to wait for an endpoint that is away; default ${formatDuration(DEFAULTS.maxOutageSeconds)}`,
      },
    }),
  ),
  max_transfer: v.pipe(
    v.optional(orOff((value) => parseSize(textOrNumber(value)))),
    info({
      kind: 'size',
      about:
        'Most bytes of files that a run sends, bodies that are sent again included. A file is begun only if all of it\n' +
        'fits; before the first one that does not, the run ends with exit code 2, and the next run continues. A file that\n' +
        'is larger than the limit is never sent. Files that S3 holds already cost nothing.',
      allowed: 'bytes, or with a unit: 500M, 50G; 0 sends no byte; off is no limit',
      example: 50 * GIB,
      flag: { name: '--max-transfer', value: 'SIZE', about: 'send at most so much in one run: 500M, 50G' },
    }),
  ),
  max_duration: v.pipe(
    v.optional(orOff(runTime)),
    info({
      kind: 'duration',
      about:
        'How long a run, a restore or a verification may take. Then it begins nothing new, gives uploads in progress 5 s\n' +
        'as after Ctrl-C, and ends with exit code 2; the next run continues.',
      allowed: 'seconds, or with a unit: 90s, 15m, 12h, 7d; at least 1s; off is no limit',
      example: 6 * 3_600,
      flag: { name: '--max-duration', value: 'DURATION', about: 'end in order after so long: 90m, 6h' },
    }),
  ),
});

function runTime(value: unknown): number {
  const seconds = parseDuration(textOrNumber(value));
  if (seconds === 0) throw new FormError('a duration of at least 1s');
  return seconds;
}

/** Validates a limit and keeps its text, which `status` shows. YAML 1.1 files (Python's) say `off` and mean false. */
function limit(value: unknown): string {
  const text = value === false ? 'off' : String(textOrNumber(value));
  parseTimetable(text);
  return text;
}
