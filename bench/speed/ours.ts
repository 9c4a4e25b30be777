import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BUCKET, type Client, type Place } from './client.ts';
import { isMultipart } from './data-set.ts';

interface Variant {
  readonly id: string;
  readonly flags?: readonly string[];
  /** Options by their names in the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly only?: Client['only'];
}

const MOVE = '--delete-after-upload';
const NO_WHOLE_MD5 = { backup_transfer__whole_md5: 'false' };

const VARIANTS: readonly Variant[] = [
  { id: 'copy' },
  { id: 'move', flags: [MOVE] },
  { id: 'copy-no-md5', env: NO_WHOLE_MD5, only: isMultipart },
  { id: 'move-no-md5', flags: [MOVE], env: NO_WHOLE_MD5, only: isMultipart },
];

const TWO_PROCESSES: Variant = { id: 'move-2-processes', flags: [MOVE, '--processes', '2'] };

/** @param cores for the client; a second process is of no use on one */
export function ourClients(bin: string, cores: number): Client[] {
  const variants = cores > 1 ? [...VARIANTS, TWO_PROCESSES] : VARIANTS;
  return variants.map((variant) => client(bin, variant));
}

function client(bin: string, { id, flags = [], env = {}, only }: Variant): Client {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    id,
    title: ['s3-backup', ...flags, ...(env === NO_WHOLE_MD5 ? ['whole_md5: false'] : [])].join(' '),
    isOurs: true,
    isMove: flags.includes(MOVE),
    version: [process.execPath, bin, '--version'],
    shown: [...settings, 's3-backup --config FILE', ...flags].join(' '),
    ...(only && { only }),
    command: (place) => ({
      file: process.execPath,
      args: [...place.nodeFlags, bin, '--config', writeConfiguration(place), ...flags],
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

function writeConfiguration({ source, endpoint, home, credentials = ANY_CREDENTIALS }: Place): string {
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
    backup: { source_directory: source },
  };
  writeFileSync(file, stringify(settings), { mode: 0o600 });
  return file;
}
