import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Arena, PREFIX } from './arena.ts';
import { BUCKET } from './bucket.ts';
import { type Command, cleanEnvironment } from './run-process.ts';

/** A column of the table: one tool with one set of flags. */
export interface Tool {
  readonly id: string;
  /** For the table. */
  readonly title: string;
  /** The program; `undefined` for our own. */
  readonly program: string | undefined;
  /** What prints its version. */
  readonly version: readonly string[];
  /** Whether it deletes the source at all. */
  readonly isMove: boolean;
  /** The command for people, in docs/safety.md. */
  readonly shown: string;
  command(arena: Arena, exclude: string | undefined): Command;
}

const TARGET = `s3://${BUCKET}/${PREFIX}`;

function awsEnvironment({ server, home }: Arena): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: server.region,
    AWS_DEFAULT_REGION: server.region,
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Neither is there: nobody's own settings count.
    AWS_CONFIG_FILE: join(home, 'aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'aws-credentials'),
  };
}

const excluding = (exclude: string | undefined) => (exclude === undefined ? [] : ['--exclude', exclude]);

function ours(bin: string, id: string, title: string, flags: readonly string[]): Tool {
  return {
    id,
    title,
    program: undefined,
    version: [process.execPath, bin, '--version'],
    isMove: true,
    shown: ['s3-backup --delete-after-upload', ...flags].join(' '),
    command: (arena, exclude) => ({
      file: process.execPath,
      args: [
        ...[bin, '--delete-after-upload', '--quiet', '--source', arena.source],
        ...['--bucket', BUCKET, '--prefix', PREFIX, ...flags, ...excluding(exclude)],
      ],
      env: { ...awsEnvironment(arena), HOME: arena.home },
    }),
  };
}

function aws(id: string, flags: readonly string[]): Tool {
  return {
    id,
    title: ['aws s3 mv', ...flags].join(' '),
    program: 'aws',
    version: ['aws', '--version'],
    isMove: true,
    shown: ['aws s3 mv --recursive', ...flags].join(' '),
    command: (arena, exclude) => ({
      file: 'aws',
      args: [
        ...['s3', 'mv', arena.source, TARGET, '--recursive', '--no-progress'],
        // S3 gives a stalled body up after 20 s; our endpoint waits for ever.
        ...['--endpoint-url', arena.server.endpoint, '--cli-read-timeout', '20'],
        ...[...flags, ...excluding(exclude)],
      ],
      env: awsEnvironment(arena),
    }),
  };
}

/** Provider Minio: of all that rclone addresses by path, the one that it trusts with everything S3 answers. */
function rclone(id: string, flags: readonly string[]): Tool {
  return {
    id,
    title: ['rclone move', ...flags.slice(0, 2)].join(' '),
    program: 'rclone',
    version: ['rclone', 'version'],
    isMove: true,
    shown: ['rclone move', ...flags].join(' '),
    command: (arena, exclude) => ({
      file: 'rclone',
      args: ['move', arena.source, `bench:${BUCKET}/${PREFIX}`, ...flags, ...excluding(exclude)],
      env: {
        RCLONE_CONFIG: join(arena.home, 'rclone.conf'),
        RCLONE_CONFIG_BENCH_TYPE: 's3',
        RCLONE_CONFIG_BENCH_PROVIDER: 'Minio',
        RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: arena.server.accessKeyId,
        RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: arena.server.secretAccessKey,
        RCLONE_CONFIG_BENCH_REGION: arena.server.region,
        RCLONE_CONFIG_BENCH_ENDPOINT: arena.server.endpoint,
        RCLONE_CONFIG_BENCH_FORCE_PATH_STYLE: 'true',
      },
    }),
  };
}

const s3cmd: Tool = {
  id: 's3cmd',
  title: 's3cmd put (cannot delete)',
  program: 's3cmd',
  version: ['s3cmd', '--version'],
  isMove: false,
  shown: 's3cmd put --recursive',
  command: (arena, exclude) => {
    const { port, accessKeyId, secretAccessKey, region } = arena.server;
    const config = join(arena.home, 's3cmd.conf');
    // host_bucket without %(bucket)s is path style. Three tries wait 3 + 6 + 9 s; the default of five, 45 s.
    const lines = [
      '[default]',
      `access_key = ${accessKeyId}`,
      `secret_key = ${secretAccessKey}`,
      `bucket_location = ${region}`,
      `host_base = 127.0.0.1:${port}`,
      `host_bucket = 127.0.0.1:${port}`,
      'use_https = False',
      'max_retries = 3',
    ];
    writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    const args = ['-c', config, '--no-progress', 'put', '--recursive', `${arena.source}/`, TARGET];
    return { file: 's3cmd', args: [...args, ...excluding(exclude)] };
  },
};

const s5cmd: Tool = {
  id: 's5cmd',
  title: 's5cmd mv',
  program: 's5cmd',
  version: ['s5cmd', 'version'],
  isMove: true,
  shown: 's5cmd mv',
  command: (arena, exclude) => ({
    file: 's5cmd',
    args: ['--endpoint-url', arena.server.endpoint, 'mv', ...excluding(exclude), `${arena.source}/`, TARGET],
    env: awsEnvironment(arena),
  }),
};

const mc: Tool = {
  id: 'mc',
  title: 'mc mv',
  program: 'mc',
  version: ['mc', '--version'],
  isMove: true,
  shown: 'mc mv --recursive',
  command: (arena, exclude) => {
    const { port, accessKeyId, secretAccessKey } = arena.server;
    return {
      file: 'mc',
      args: [
        ...['--config-dir', join(arena.home, 'mc'), 'mv', '--recursive', ...excluding(exclude)],
        ...[`${arena.source}/`, `bench/${BUCKET}/${PREFIX}`],
      ],
      env: { MC_HOST_bench: `http://${accessKeyId}:${secretAccessKey}@127.0.0.1:${port}` },
    };
  },
};

/** All columns, ours first. @param bin Our program, built from today's sources. */
export function allTools(bin: string): Tool[] {
  return [
    ours(bin, 's3-backup', 's3-backup', []),
    ours(bin, 's3-backup-download', 's3-backup --verify download', ['--verify', 'download']),
    aws('aws', []),
    aws('aws-no-follow', ['--no-follow-symlinks']),
    rclone('rclone', []),
    rclone('rclone-strict', ['--checksum', '--immutable', '--delete-empty-src-dirs']),
    s3cmd,
    s5cmd,
    mc,
  ];
}

/** The first line that a tool says of its version; undefined when it is not installed, or is something else of its name. */
export function versionOf({ version: [file = '', ...args], program }: Tool): string | undefined {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: cleanEnvironment() });
  const line = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n', 1)[0] ?? '';
  if (status !== 0 || line === '') return undefined;
  // `mc` may be Midnight Commander.
  if (program === 'mc' && !/RELEASE/.test(line)) return undefined;
  return program === undefined ? `s3-backup ${line}` : line;
}
