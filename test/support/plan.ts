import type { TestContext } from 'node:test';
import { useBucketClient } from './bucket.ts';
import { runCli, serverEnvironment, useWorkplace } from './cli-context.ts';
import { useS3Server } from './s3-server.ts';

/** 40 files in 8 folders, of which a shard has a part. */
export const PLANNED_FILES = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => [`f${n % 8}/sub/${n}`, `x${n}`]),
);

/** A move of `PLANNED_FILES` that is divided into four shards. @param more Further settings, as variables. */
export async function usePlan(t: TestContext, more: Record<string, string> = {}) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, PLANNED_FILES);
  const settings = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_backup__delete_after_upload: 'true',
    backup_s3__prefix: 'p',
    ...more,
  };
  const cli = (argv: readonly string[], env: Record<string, string> = {}) =>
    runCli(workplace, argv, { env: { ...settings, ...env } });
  const planned = await cli(['plan', '--shards', '4']);
  const id = /^Plan (\S+): 4 shards for 40 files/.exec(planned.stdout)?.[1] ?? '';
  const run = (argv: readonly string[], env?: Record<string, string>) =>
    cli(['run', '--plan', id, ...argv], env);
  const client = useBucketClient(t, server);
  return {
    ...{ server, workplace, client, cli, planned, id, run },
    planKey: `p/.s3-backup/plans/${id}/plan.json`,
  };
}
