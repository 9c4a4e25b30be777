import { EXIT_CODES } from '../../core/exit-codes.ts';
import {
  finishWordsOf,
  limitComment,
  type ShardProgram,
  shellWord,
  titleOf,
  wordsOf,
} from './shard-program.ts';

/** Tries of each shard; Batch allows 10. */
const TRIES = 10;
/** What ends a try that is made again: the program asks for it, was killed or stopped, or its machine was taken away. */
const TRY_AGAIN = [
  { onExitCode: String(EXIT_CODES.temporary), action: 'RETRY' },
  { onExitCode: '137', action: 'RETRY' },
  { onExitCode: '143', action: 'RETRY' },
  { onStatusReason: 'Host EC2*', action: 'RETRY' },
  { onReason: '*', action: 'EXIT' },
];

/**
 * A script that submits a plan to AWS Batch: an array job with a child for each shard, and a job that finishes the plan. Its reader
 * puts image, role and volumes of the files into the definition. Batch begins no job that depends on one that has failed.
 */
export function batchScript(shards: ShardProgram): string {
  const { plan } = shards;
  const name = `s3-backup-${plan.id}`;
  const count = plan.ranges.length;
  // An array has at least two children; a job of its own has no index.
  const command = [...wordsOf(shards), ...(count === 1 ? ['--shard', '0'] : [])];
  const overrides = shellWord(JSON.stringify({ command: finishWordsOf(shards) }));
  const array = count === 1 ? '' : ` \\\n  --array-properties size=${count}`;
  return `#!/bin/bash
# ${titleOf(shards)}
# Put your image, role, and volumes of the files into the definition; then submit it with: bash FILE JOB-QUEUE
${limitComment(shards, 'N is the number of children that your compute environment has room for')}set -eu
queue=\${1:?the name of a job queue is missing}

definition=$(cat <<'END_OF_DEFINITION'
${JSON.stringify(definitionOf(name, command), undefined, 2)}
END_OF_DEFINITION
)

aws batch register-job-definition --cli-input-json "$definition"
shards=$(aws batch submit-job --job-name ${name} --job-definition ${name} --job-queue "$queue"${array} \\
  --query jobId --output text)

# If a shard has failed, Batch does not begin this job: submit it again without --depends-on, after the shards that it needs.
finish=$(aws batch submit-job --job-name ${name}-finish --job-definition ${name} --job-queue "$queue" \\
  --depends-on jobId="$shards" --container-overrides ${overrides} --query jobId --output text)
echo "submitted: $shards, then $finish"
`;
}

function definitionOf(name: string, command: readonly string[]) {
  return {
    jobDefinitionName: name,
    type: 'container',
    containerProperties: {
      image: 'YOUR-IMAGE',
      jobRoleArn: 'YOUR-ROLE',
      command,
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '1024' },
      ],
    },
    retryStrategy: { attempts: TRIES, evaluateOnExit: TRY_AGAIN },
  };
}
