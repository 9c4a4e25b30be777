import * as v from 'valibot';
import { DEFAULTS } from '../../../core/defaults.ts';
import { EXIT_CODE_SETS } from '../../../core/exit-codes.ts';
import { info } from './setting-info.ts';
import { boolean, filePath, text } from './value-types.ts';

/** Settings about the results that a run writes at its end. */
export const reportSchema = v.strictObject({
  output_json: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path, or - for stdout')),
    info({
      kind: 'path',
      about: 'Write the report as JSON to this file.',
      allowed: 'path, or "-" for stdout; relative to the current folder; ~/ is the home folder',
      example: 'report.json',
      flag: { name: '--output-json', value: 'FILE', about: 'write the report as JSON; - is stdout' },
    }),
  ),
  html: v.pipe(
    v.optional(filePath()),
    info({
      kind: 'path',
      about:
        'Write the report as one HTML page to this file: charts, failures with what to do, a table to search.',
      allowed: 'path; relative to the current folder; ~/ is the home folder',
      example: 'report.html',
      flag: { name: '--html', value: 'FILE', about: 'write the report as an HTML page' },
    }),
  ),
  md5sums: v.pipe(
    v.optional(filePath()),
    info({
      kind: 'path',
      about:
        "Write the MD5 of every file that is proved to be in S3 to this file, in md5sum's own format: `md5sum -c FILE`\n" +
        'in a restored folder tells whether all is well.',
      allowed: 'path; relative to the current folder; ~/ is the home folder',
      example: 'md5sums.txt',
      flag: { name: '--md5sums', value: 'FILE', about: 'write the MD5s of what is in S3 for md5sum -c' },
    }),
  ),
  events: v.pipe(
    v.optional(text(/^(?:fd:\d{1,9}|(?!fd:)[^\0]+)$/, 'a path, - for stdout, or fd:N for a descriptor')),
    info({
      kind: 'path',
      about:
        'Write a line of JSON for each event while the run goes: its start, each file, the progress, outages, its end. A run\n' +
        'begins the file anew.',
      allowed: 'path, "-" for stdout, or "fd:3" for a descriptor that the program is given',
      example: 'events.ndjson',
      flag: {
        name: '--events',
        value: 'FILE',
        about: 'write each event as a line of JSON while the run goes; - is stdout, fd:3 a descriptor',
      },
    }),
  ),
  metrics: v.pipe(
    v.optional(text(/^[^\0]*[^\0/]\.prom$/, 'the path of a file whose name ends in .prom')),
    info({
      kind: 'path',
      about:
        "Write the numbers of the run to this file at its end, for the textfile collector of Prometheus' node_exporter. Each\n" +
        'job needs a file of its own: the file names the job.',
      allowed: 'path that ends in .prom; relative to the current folder; ~/ is the home folder',
      example: '/var/lib/prometheus/node-exporter/documents.prom',
      flag: {
        name: '--metrics',
        value: 'FILE',
        about: 'write metrics for Prometheus (node_exporter) to FILE.prom',
      },
    }),
  ),
  manifest: v.pipe(
    v.optional(boolean(), DEFAULTS.manifest),
    info({
      kind: 'boolean',
      about:
        'Store a record of the run beside the files, as <prefix>/.s3-backup/runs/<time>-<id>.ndjson.gz, for verify --run.\n' +
        's3-backup runs lists them.',
      allowed: 'true or false',
      flag: { name: '--manifest', about: 'store a record of the run (a manifest) beside the files' },
    }),
  ),
  exit_codes: v.pipe(
    v.optional(v.picklist(EXIT_CODE_SETS, 'plain or temporary'), DEFAULTS.exitCodes),
    info({
      kind: 'text',
      about:
        'temporary: exit code 75 (EX_TEMPFAIL) if another try may do better with nothing changed: the endpoint is away,\n' +
        'credentials have expired, another run is at work, max_duration is over. plain: 1 then, and 2 for max_duration.\n' +
        'A run with --plan always has 75.',
      allowed: 'plain or temporary',
    }),
  ),
});
