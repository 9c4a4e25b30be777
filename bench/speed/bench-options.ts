import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../command-line.ts';
import { SECTION_IDS } from './section.ts';

export interface BenchOptions {
  /** Ids of sections; undefined for those of a whole run. */
  readonly only: readonly string[] | undefined;
  readonly withMillion: boolean;
  /** Ids; undefined for those that each section names. */
  readonly clients: readonly string[] | undefined;
  /** Measured runs of each client, after one that is not; some sections have their own number. */
  readonly runs: number;
  /** Undefined for that of each section. */
  readonly latencyMs: number | undefined;
  /** Whether all sections are over TLS. */
  readonly isTls: boolean;
  /** Cores for the client: 1 or 2; undefined for those of each section. */
  readonly cores: number | undefined;
  /** Makes the data sets smaller. */
  readonly factor: number;
  /** Where the data sets are kept. */
  readonly folder: string;
  /** Where restores go to. */
  readonly target: string;
  /** The folder of another build of ours to compare with. */
  readonly against: string | undefined;
  /** Releases of Node.js, for the section `nodes`. */
  readonly nodes: readonly string[];
  readonly profile: boolean;
  readonly write: boolean;
  /** Where every single run is written to, as JSON. */
  readonly json: string | undefined;
}

/** Options that the bench of the stages has, too. */
export const SHARED_OPTIONS = {
  factor: {
    type: 'string',
    default: '1',
    value: 'N',
    help: 'share of the data sets, such as 0.05 to try it',
  },
  dir: {
    type: 'string',
    default: join(tmpdir(), 's3-backup-bench'),
    value: 'FOLDER',
    help: 'where the data sets are kept; it needs room for 12 GiB',
  },
} as const;

/** A restore to a folder on a disk measures the disk; removing a large folder slows ext4 for everything after it. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Without a smaller one, an interval of 95 % for the median ratio of two builds is all of the runs. */
const PAIRS = '12';

/** @throws Error naming the option that is wrong */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = commandLine(
    {
      usage: 'npm run bench -- [options]',
      about:
        'Measures CPU, wall time and memory that s3-backup and the other programs that are installed take for uploading, moving or restoring the same files, over loopback to a sink that costs next to nothing. Every client runs once a round, so that what slows the machine for a while slows all alike. A peer that is not installed is left out with a line; a run of ours that fails ends the bench with its message.',
      time: 'about three hours for everything with five runs, of which aws-cli and s3cmd take the half; two to five minutes for a section without them (--clients), some seconds with --factor 0.05. One more minute where moves of small files take part, since their copies have to age. --million adds about an hour.',
      options: {
        only: {
          type: 'string',
          multiple: true,
          value: 'ID,...',
          help: `only these sections: ${SECTION_IDS.join(', ')}`,
        },
        million: { type: 'boolean', default: false, help: 'the section of a million files, too' },
        clients: { type: 'string', value: 'ID,...', help: 'only these clients; a wrong ID names them all' },
        runs: {
          type: 'string',
          value: 'N',
          help: `measured runs of each client, after one that is not (default 5, and ${PAIRS} with --against)`,
        },
        against: {
          type: 'string',
          value: 'FOLDER',
          help: 'compare with another build of ours, a checkout after `npm run build`: only ours run, in pairs (base, new), and a table says whether a difference is above the noise',
        },
        nodes: {
          type: 'string',
          default: '20.19.0,22,24,26',
          value: 'RELEASE,...',
          help: 'releases of Node.js for the section `nodes`, fetched by npm',
        },
        latency: {
          type: 'string',
          value: 'MS',
          help: 'milliseconds that every answer waits, in all sections',
        },
        tls: { type: 'boolean', default: false, help: 'TLS in all sections' },
        cores: { type: 'string', value: '1|2', help: 'cores for the client, in all sections' },
        ...SHARED_OPTIONS,
        target: { type: 'string', default: MEMORY, value: 'FOLDER', help: 'where restores go to' },
        profile: { type: 'boolean', default: false, help: 'also write CPU profiles of ours, below --dir' },
        write: {
          type: 'boolean',
          default: false,
          help: 'put the sections into bench/RESULTS.md, with charts',
        },
        json: { type: 'string', value: 'FILE', help: 'write every single run' },
      },
    },
    args,
  );
  return {
    only: values.only?.flatMap((ids) => ids.split(',')).map(sectionId),
    withMillion: values.million,
    clients: values.clients?.split(','),
    runs: positive('runs', values.runs ?? (values.against === undefined ? '5' : PAIRS)),
    latencyMs: values.latency === undefined ? undefined : positive('latency', values.latency),
    isTls: values.tls,
    cores: values.cores === undefined ? undefined : positive('cores', values.cores),
    factor: positive('factor', values.factor),
    folder: values.dir,
    target: values.target,
    against: values.against,
    nodes: values.nodes.split(','),
    profile: values.profile,
    write: values.write,
    json: values.json,
  };
}

function sectionId(id: string): string {
  if (!SECTION_IDS.includes(id)) throw new Error(`--only ${id}: expected one of ${SECTION_IDS.join(', ')}`);
  return id;
}

/** @throws Error naming the option unless the text is a number above 0 */
export function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${option} ${text}: expected a number above 0`);
  return number;
}
