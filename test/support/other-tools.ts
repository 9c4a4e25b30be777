import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { S3Server } from '../../src/s3-server/index.ts';
import { useFolder } from './tree.ts';

/** Runs another tool to its end. @throws Error if its exit code is not 0 */
export const runTool = promisify(execFile);

/** The remote `test:` of rclone, without its configuration file. */
export function rcloneEnvironment(t: TestContext, server: S3Server): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    RCLONE_CONFIG: join(useFolder(t), 'rclone.conf'),
    RCLONE_CONFIG_TEST_TYPE: 's3',
    RCLONE_CONFIG_TEST_PROVIDER: 'Other',
    RCLONE_CONFIG_TEST_ENDPOINT: server.endpoint,
    RCLONE_CONFIG_TEST_REGION: server.region,
    RCLONE_CONFIG_TEST_ACCESS_KEY_ID: server.accessKeyId,
    RCLONE_CONFIG_TEST_SECRET_ACCESS_KEY: server.secretAccessKey,
  };
}

export function awsEnvironment(t: TestContext, server: S3Server): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: useFolder(t),
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: server.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Why a tool cannot be asked, or false. */
export function withoutTool(command: string, ...args: string[]): string | false {
  return spawnSync(command, args).status !== 0 && `${command} is not installed`;
}
