import type { Client } from './client.ts';
import { awsCli } from './peers/aws-cli.ts';
import { cClient } from './peers/c-client.ts';
import { RCLONE } from './peers/rclone.ts';
import { s3SyncClient } from './peers/s3-sync-client.ts';
import { s3cmd } from './peers/s3cmd.ts';
import { S5CMD } from './peers/s5cmd.ts';

/** The other programs. It starts some of them, to see which releases are installed. */
export const peers = (): readonly Client[] => [
  ...S5CMD,
  ...RCLONE,
  ...awsCli(),
  ...cClient(),
  s3cmd,
  s3SyncClient,
];
