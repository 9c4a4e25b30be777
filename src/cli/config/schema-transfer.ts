import * as v from 'valibot';
import { info } from './setting-info.ts';
import { size, truth, wholeNumber } from './value-types.ts';

const MIB = 1024 ** 2;

/** How bytes travel. */
export const transferSchema = v.strictObject({
  concurrency: v.pipe(
    v.optional(wholeNumber(1, 256)),
    info({
      kind: 'number',
      about:
        'Files uploaded at the same time. Without it: more while that is faster, up to 256, and half as many when the\n' +
        'store says that it is too much.',
      allowed: 'whole number, 1 to 256',
      example: 16,
    }),
  ),
  part_size: v.pipe(
    v.optional(size(5 * MIB, 5 * 1024 * MIB, 'from 5MiB to 5GiB'), 8 * MIB),
    info({
      kind: 'size',
      about: 'Larger files are sent in parts of this size.',
      allowed: 'bytes, or with a unit: 8M, 8MiB; 5MiB to 5GiB, and at most a sixth of transfer.memory',
    }),
  ),
  memory: v.pipe(
    v.optional(size(32 * MIB, Number.MAX_SAFE_INTEGER, 'of at least 32MiB'), 128 * MIB),
    info({
      kind: 'size',
      about: 'Most bytes of file content held in memory at a time, over all files.',
      allowed: 'bytes, or with a unit: 128M, 1GiB; at least 32MiB',
    }),
  ),
  whole_md5: v.pipe(
    v.optional(truth(), true),
    info({
      kind: 'truth',
      about:
        'Compute the MD5 of the whole file for the report also where it is sent in parts. Its proof does not need it:\n' +
        'every part has an MD5 of its own. false saves half of the CPU that a large file takes.',
      allowed: 'true or false',
    }),
  ),
  transport: v.pipe(
    v.optional(v.picklist(['auto', 'sdk'], 'auto or sdk'), 'auto'),
    info({
      kind: 'text',
      about:
        "auto: plain S3 requests are made by this program, at a fraction of the SDK's CPU, and the SDK does all else.\n" +
        'sdk: everything goes through the AWS SDK.',
      allowed: 'auto or sdk',
    }),
  ),
  sign_payload: v.pipe(
    v.optional(truth(), false),
    info({
      kind: 'truth',
      about:
        'Sign the SHA-256 of every body over plain HTTP. Without it the signed Content-MD5 protects the body; where\n' +
        's3.checksum leaves that out, the SHA-256 is signed in any case.\n' +
        'Over https it is never needed.',
      allowed: 'true or false',
    }),
  ),
  processes: v.pipe(
    v.optional(wholeNumber(1, 64), 1),
    info({
      kind: 'number',
      about:
        'Processes that hash, upload, verify and delete, for machines with more than two cores; with two it only costs\n' +
        'CPU. The walk and the report stay one.\n' +
        'transfer.concurrency and transfer.memory are divided among them; each has room for two parts at least.',
      allowed: 'whole number, 1 to 64',
    }),
  ),
  max_attempts: v.pipe(
    v.optional(wholeNumber(1, 20), 5),
    info({
      kind: 'number',
      about: 'How often a request is tried before its file has failed.',
      allowed: 'whole number, 1 to 20',
    }),
  ),
});
