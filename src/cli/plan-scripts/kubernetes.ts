import { basename } from 'node:path';
import { stringify } from 'yaml';
import { finishWordsOf, type ShardProgram, titleOf, wordsOf } from './shard-program.ts';

/** Shards that run at the same time, until somebody writes another number. */
const AT_ONCE = 16;
/** Seconds in which a pod that is taken away can end in order. */
const GRACE_SECONDS = 60;

/**
 * A manifest of a Job with an index for each shard, and of a suspended one that finishes the plan: Kubernetes begins no Job after
 * another. It has names for what only its reader knows: image, volumes, secret.
 */
export function kubernetesManifest(shards: ShardProgram): string {
  const name = `s3-backup-${shards.plan.id.toLowerCase()}`;
  const note = shards.isLimited
    ? '# All pods share transfer.bwlimit: --parallel must be the number of pods at the same time, which is `parallelism`.\n'
    : '';
  const head = `# ${titleOf(shards)}
# For Kubernetes 1.29 or later. Before \`kubectl apply -f FILE\`, put in your own image, your claim of the volume that has the files, and a secret with
# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY${configNote(shards)}.
# The second Job waits. When the first one has ended, let it finish the plan:
#   kubectl patch job ${name}-finish --type=merge -p '{"spec":{"suspend":false}}'
${note}`;
  const jobs = [jobOf(name, shards), finishJobOf(name, shards)];
  return head + jobs.map((job) => stringify(job, { lineWidth: 0 })).join('---\n');
}

function configNote({ configFiles }: ShardProgram): string {
  const [file] = configFiles;
  return file === undefined
    ? ''
    : `, and a ConfigMap s3-backup with the file ${oneLine(JSON.stringify(file))}`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}

function parallelismOf({ plan }: ShardProgram): number {
  return Math.min(plan.ranges.length, AT_ONCE);
}

function jobOf(name: string, shards: ShardProgram) {
  const count = shards.plan.ranges.length;
  const sharing = shards.isLimited ? ['--parallel', String(parallelismOf(shards))] : [];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      completionMode: 'Indexed',
      completions: count,
      parallelism: parallelismOf(shards),
      backoffLimitPerIndex: 10,
      // One shard that fails does not end the others.
      maxFailedIndexes: count,
      podFailurePolicy: {
        rules: [
          // Any other code, such as 75 or 137, counts against the limit above, and the index is tried again.
          {
            action: 'FailIndex',
            onExitCodes: { containerName: 's3-backup', operator: 'In', values: [1, 2] },
          },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        ],
      },
      template: { spec: podOf(shards, [...wordsOf(shards), ...sharing]) },
    },
  };
}

function finishJobOf(name: string, shards: ShardProgram) {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `${name}-finish` },
    spec: {
      suspend: true,
      podFailurePolicy: {
        rules: [
          {
            action: 'FailJob',
            onExitCodes: { containerName: 's3-backup', operator: 'In', values: [1, 2] },
          },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        ],
      },
      template: { spec: podOf(shards, finishWordsOf(shards)) },
    },
  };
}

function podOf(shards: ShardProgram, command: readonly string[]) {
  const { folders, configFiles, cwd } = shards;
  const [config] = configFiles;
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: GRACE_SECONDS,
    containers: [
      {
        name: 's3-backup',
        image: 'YOUR-IMAGE',
        workingDir: cwd,
        command,
        envFrom: [{ secretRef: { name: 's3-backup' } }],
        volumeMounts: [
          ...folders.map((folder) => ({ name: 'files', mountPath: folder })),
          ...(config === undefined ? [] : [{ name: 'config', mountPath: config, subPath: basename(config) }]),
        ],
      },
    ],
    volumes: [
      { name: 'files', persistentVolumeClaim: { claimName: 'YOUR-CLAIM' } },
      ...(config === undefined ? [] : [{ name: 'config', configMap: { name: 's3-backup' } }]),
    ],
  };
}
