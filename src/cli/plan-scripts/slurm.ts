import {
  finishWordsOf,
  limitComment,
  type ShardProgram,
  shellWord,
  shellWords,
  titleOf,
  wordsOf,
} from './shard-program.ts';

/** Tasks at the same time in the example of a comment. */
const AT_ONCE = 20;

/**
 * A script that submits a plan to Slurm: an array with a task for each shard, and a job that finishes the plan. Words behind the
 * script go to `sbatch`: `bash plan.sh --partition=long --array=0-99%20`. Slurm repeats a task whose node is lost, but none whose
 * program was killed or asks for another try, so the task asks for that itself. The last job begins when all tasks have ended,
 * however: with `afterok` it would never begin after one failed attempt.
 */
export function slurmScript(shards: ShardProgram): string {
  const { plan, cwd } = shards;
  const name = shellWord(`s3-backup-${plan.id}`);
  const last = plan.ranges.length - 1;
  const atOnce = Math.min(plan.ranges.length, AT_ONCE);
  return `#!/bin/bash
# ${titleOf(shards)}
# Submit it with: bash FILE [OPTIONS OF sbatch]
${limitComment(shards, `with --array=0-${last}%${atOnce}, N is ${atOnce}`)}set -eu

shards=$(sbatch --parsable --requeue --open-mode=append --chdir=${shellWord(cwd)} \\
  --job-name=${name} --array=0-${last} --output=${name}-%a.log --signal=B:TERM@60 "$@" <<'END_OF_SHARD'
${REPEATING}
run ${shellWords(wordsOf(shards))}
END_OF_SHARD
)
shards=\${shards%%;*}

# What finishes the plan takes the same options, but is no array.
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --array=* | -a?*) ;;
    --array | -a) shift ;;
    *) options+=("$1") ;;
  esac
  shift
done
finish=$(sbatch --parsable --requeue --open-mode=append --chdir=${shellWord(cwd)} \\
  --job-name=${name}-finish --output=${name}-finish.log --dependency=afterany:"$shards" \\
  \${options[@]+"\${options[@]}"} <<'END_OF_FINISH'
#!/bin/bash
exec ${shellWords(finishWordsOf(shards))}
END_OF_FINISH
)
echo "submitted: $shards, then \${finish%%;*}"
`;
}

/** Begin of a task: its program gets SIGTERM before the task's time limit, and Slurm counts the tries. */
const REPEATING = `#!/bin/bash
# 75: the program asks for another try. Above 128: a signal ended it.
run() {
  child= stopped=
  trap 'stopped=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
  "$@" &
  child=$!
  [ -z "$stopped" ] || kill -TERM "$child"
  while true; do
    code=0
    wait "$child" || code=$?
    # A signal ends the wait, but not the program.
    kill -0 "$child" 2>/dev/null || break
  done
  if { [ "$code" -eq 75 ] || [ "$code" -gt 128 ]; } && [ "\${SLURM_RESTART_COUNT:-0}" -lt 5 ]; then
    task=\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
    # If Slurm took this node for lost, the task runs elsewhere by now, and must not be repeated.
    if scontrol --oneliner show job "$task" | grep -q " Restarts=\${SLURM_RESTART_COUNT:-0} "; then
      # Slurm then ends this script.
      scontrol requeue "$task" && sleep 300
    fi
  fi
  exit "$code"
}`;
