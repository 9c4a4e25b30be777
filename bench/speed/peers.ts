import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUCKET, type Client, type Place } from './client.ts';

const TARGET = `s3://${BUCKET}/`;
const KEY = 'bench';
const REGION = 'us-east-1';

function awsEnvironment({ home, certificate }: Place): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: KEY,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Neither is there: nobody's own settings count.
    AWS_CONFIG_FILE: join(home, 'aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'aws-credentials'),
    ...(certificate !== undefined && { AWS_CA_BUNDLE: certificate }),
  };
}

interface S5cmdFlags {
  readonly global?: readonly string[];
  readonly copy?: readonly string[];
}

function s5cmd(id: string, { global = [], copy = [] }: S5cmdFlags): Client {
  const shown = ['s5cmd', ...global, 'cp', ...copy].join(' ');
  return {
    id,
    title: shown,
    isOurs: false,
    isMove: false,
    version: ['s5cmd', 'version'],
    shown,
    command: (place) => ({
      file: 's5cmd',
      args: ['--endpoint-url', place.endpoint, ...global, 'cp', ...copy, `${place.source}/`, TARGET],
      env: awsEnvironment(place),
    }),
  };
}

/** Provider Minio: of all that rclone addresses by path, the one that it trusts with everything S3 answers. */
const rclone: Client = {
  id: 'rclone',
  title: 'rclone copy',
  isOurs: false,
  isMove: false,
  version: ['rclone', 'version'],
  shown: 'rclone copy --s3-no-check-bucket',
  command: ({ source, endpoint, certificate, home }) => ({
    file: 'rclone',
    args: [
      ...['copy', source, `bench:${BUCKET}`, '--s3-no-check-bucket'],
      ...(certificate === undefined ? [] : ['--ca-cert', certificate]),
    ],
    env: {
      RCLONE_CONFIG: join(home, 'rclone.conf'),
      RCLONE_CONFIG_BENCH_TYPE: 's3',
      RCLONE_CONFIG_BENCH_PROVIDER: 'Minio',
      RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: KEY,
      RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: KEY,
      RCLONE_CONFIG_BENCH_REGION: REGION,
      RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
      RCLONE_CONFIG_BENCH_FORCE_PATH_STYLE: 'true',
    },
  }),
};

const aws: Client = {
  id: 'aws',
  title: 'aws s3 cp',
  isOurs: false,
  isMove: false,
  version: ['aws', '--version'],
  shown: 'aws s3 cp --recursive --no-progress',
  command: (place) => ({
    file: 'aws',
    args: [
      ...['s3', 'cp', place.source, TARGET, '--recursive', '--no-progress'],
      ...['--endpoint-url', place.endpoint],
    ],
    env: awsEnvironment(place),
  }),
};

const s3cmd: Client = {
  id: 's3cmd',
  title: 's3cmd put',
  isOurs: false,
  isMove: false,
  version: ['s3cmd', '--version'],
  shown: 's3cmd put --recursive --no-progress',
  command: ({ source, endpoint, certificate, home }) => {
    const config = join(home, 's3cmd.conf');
    const { host } = new URL(endpoint);
    // host_bucket without %(bucket)s is path style.
    const lines = [
      '[default]',
      `access_key = ${KEY}`,
      `secret_key = ${KEY}`,
      `host_base = ${host}`,
      `host_bucket = ${host}`,
      `use_https = ${certificate === undefined ? 'False' : 'True'}`,
      ...(certificate === undefined ? [] : [`ca_certs_file = ${certificate}`]),
    ];
    writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    const args = ['-c', config, '--no-progress', 'put', '--recursive', `${source}/`, TARGET];
    return { file: 's3cmd', args };
  },
};

/** A library; the script is what its README shows. Not of ours to install: it runs where it is in node_modules. */
const S3_SYNC_SCRIPT = `
import { S3Client } from '@aws-sdk/client-s3';
import { S3SyncClient } from 's3-sync-client';
const [source, endpoint, target] = process.argv.slice(2);
const { sync } = new S3SyncClient({ client: new S3Client({ endpoint, forcePathStyle: true }) });
await sync(source, target);
`;

const s3SyncClient: Client = {
  id: 's3-sync-client',
  title: 's3-sync-client',
  isOurs: false,
  isMove: false,
  version: [process.execPath, '-p', "require('s3-sync-client/package.json').version"],
  shown: 's3-sync-client: sync(source, target)',
  command: (place) => {
    const require = createRequire(import.meta.url);
    // Its imports are found from where the script is, which is not the repository.
    const script = S3_SYNC_SCRIPT.replaceAll(/'(@aws-sdk\/client-s3|s3-sync-client)'/g, (_, name) =>
      JSON.stringify(pathToFileURL(require.resolve(name)).href),
    );
    const file = join(place.home, 's3-sync.mjs');
    writeFileSync(file, script);
    const { certificate } = place;
    const trust = certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate };
    return {
      file: process.execPath,
      args: [file, place.source, place.endpoint, TARGET],
      env: { ...awsEnvironment(place), ...trust },
    };
  },
};

/** The other programs. s5cmd's second row is what took least CPU here of 1 to 256 workers and 1 to 5 parts at a time. */
export const PEERS: readonly Client[] = [
  s5cmd('s5cmd', {}),
  s5cmd('s5cmd-best', { global: ['--numworkers', '2'], copy: ['--concurrency', '2'] }),
  rclone,
  aws,
  s3cmd,
  s3SyncClient,
];
