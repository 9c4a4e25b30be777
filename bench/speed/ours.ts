import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BUCKET, type Client, type Place, type Task } from './client.ts';
import { isMultipart } from './data-set.ts';

/** A build of ours, and the Node.js that runs it. */
export interface Build {
  readonly bin: string;
  /** Default: that of this process. */
  readonly node?: string;
  /** Behind the ids of its clients, such as `-base`, and behind their titles. Default: ''. */
  readonly idSuffix?: string;
  readonly titleSuffix?: string;
}

interface Variant {
  readonly id: string;
  readonly task: Task;
  readonly flags?: readonly string[];
  /** Options by their names in the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly only?: Client['only'];
}

const DELETE = '--delete-after-upload';
const TWO_PROCESSES = ['--processes', '2'];
const NO_WHOLE_MD5 = { backup_transfer__whole_md5: 'false' };

const VARIANTS: readonly Variant[] = [
  { id: 'copy', task: 'copy' },
  { id: 'move', task: 'move' },
  { id: 'copy-no-md5', task: 'copy', env: NO_WHOLE_MD5, only: isMultipart },
  { id: 'move-no-md5', task: 'move', env: NO_WHOLE_MD5, only: isMultipart },
  { id: 'copy-2-processes', task: 'copy', flags: TWO_PROCESSES },
  { id: 'move-2-processes', task: 'move', flags: TWO_PROCESSES },
  { id: 'restore', task: 'restore' },
];

export function ourClients(build: Build): Client[] {
  return VARIANTS.map((variant) => client(build, variant));
}

function client(build: Build, { id, task, flags = [], env = {}, only }: Variant): Client {
  const { bin, node = process.execPath, idSuffix = '', titleSuffix = '' } = build;
  const verb = { copy: [], move: [DELETE], restore: ['restore'] }[task];
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const note = env === NO_WHOLE_MD5 ? ['whole_md5: false'] : [];
  return {
    id: `${id}${idSuffix}`,
    title: `${['s3-backup', ...verb, ...flags, ...note].join(' ')}${titleSuffix}`,
    isOurs: true,
    task,
    version: [node, bin, '--version'],
    shown: `${[...settings, 's3-backup', ...verb, '--config FILE', ...flags].join(' ')}${titleSuffix}`,
    ...(only && { only }),
    command: (place) => ({
      file: node,
      args: [
        ...[...place.nodeFlags, bin, ...verb, '--config', writeConfiguration(place, task), ...flags],
        ...(task === 'restore' ? ['--to', place.folder] : []),
      ],
      env: {
        ...env,
        // Locks and the like go here instead of to the user's home.
        HOME: place.home,
        ...(place.certificate !== undefined && { NODE_EXTRA_CA_CERTS: place.certificate }),
      },
    }),
  };
}

const ANY_CREDENTIALS = { accessKeyId: 'bench', secretAccessKey: 'bench' };

function writeConfiguration(place: Place, task: Task): string {
  const { folder, endpoint, home, credentials = ANY_CREDENTIALS } = place;
  const file = join(home, 'backup.yaml');
  const settings = {
    aws: {
      endpoint_url: endpoint,
      region: 'us-east-1',
      access_key_id: credentials.accessKeyId,
      secret_access_key: credentials.secretAccessKey,
      force_path_style: true,
    },
    s3: { bucket_name: BUCKET },
    ...(task !== 'restore' && { backup: { source_directory: folder } }),
  };
  writeFileSync(file, stringify(settings), { mode: 0o600 });
  return file;
}
