import {
  finishWordsOf,
  type ShardProgram,
  shellWord,
  shellWords,
  titleOf,
  wordsOf,
} from './shard-program.ts';

/**
 * A script that works on a plan with GNU parallel, and then finishes it: `bash plan.sh 8` works on eight shards at a time. A shard
 * that was killed, or that asks for another try (75), is tried again. The exit code is that of the finish, which knows of every
 * failed file and every missing shard.
 */
export function parallelScript(shards: ShardProgram): string {
  const { plan, cwd, isLimited } = shards;
  const note = isLimited
    ? '# transfer.bwlimit is divided by SHARDS AT A TIME; with several hosts it is that of each host.\n'
    : '';
  const sharing = isLimited ? ' --parallel "$at_a_time"' : '';
  const shared = isLimited ? ' --env at_a_time' : '';
  return `#!/bin/bash
# ${titleOf(shards)}
# Start it with: bash FILE [SHARDS AT A TIME] [OPTIONS OF parallel, such as --sshloginfile HOSTS]
${note}set -u
cd ${shellWord(cwd)} || exit 1

shard() {
  cd ${shellWord(cwd)} || return 1
  for try in 1 2 3 4 5 6; do
    ${shellWords(wordsOf(shards))} --shard "$1"${sharing}
    code=$?
    case $code in
      75 | 137) sleep $((try * 10)) ;;
      *) return "$code" ;;
    esac
  done
  return "$code"
}
export -f shard

at_a_time=\${1:-4}
${isLimited ? 'export at_a_time\n' : ''}[ $# -gt 0 ] && shift
seq 0 ${plan.ranges.length - 1} | parallel --jobs "$at_a_time" --env shard${shared} "$@" shard

${shellWords(finishWordsOf(shards))}
`;
}
