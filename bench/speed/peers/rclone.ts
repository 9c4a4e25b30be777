import { join } from 'node:path';
import { BUCKET, type Client, type Task } from '../client.ts';
import { KEY, REGION } from './surroundings.ts';

const REMOTE = `bench:${BUCKET}`;

/** Provider Minio: of all that rclone addresses by path, the one that it trusts with everything S3 answers. */
function rclone(id: string, task: Task, flags: readonly string[] = []): Client {
  const verb = task === 'move' ? 'move' : 'copy';
  return {
    id,
    title: ['rclone', verb, ...flags].join(' '),
    isOurs: false,
    task,
    version: ['rclone', 'version'],
    shown: [
      'rclone',
      verb,
      '--s3-no-check-bucket',
      ...flags,
      ...(task === 'restore' ? ['REMOTE:'] : []),
    ].join(' '),
    command: ({ folder, endpoint, certificate, home }) => ({
      file: 'rclone',
      args: [
        ...[verb, ...(task === 'restore' ? [REMOTE, folder] : [folder, REMOTE])],
        ...['--s3-no-check-bucket', ...flags],
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
}

/** What people raise where each file waits: the default is four transfers. */
const MANY = ['--transfers', '32'];

export const RCLONE: readonly Client[] = [
  rclone('rclone', 'copy'),
  rclone('rclone-32', 'copy', MANY),
  rclone('rclone-move', 'move'),
  rclone('rclone-move-32', 'move', MANY),
  rclone('rclone-restore', 'restore'),
];
