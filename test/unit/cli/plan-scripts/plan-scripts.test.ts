import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { ENGINES } from '../../../../src/cli/plan-scripts/engines.ts';
import { type ShardProgram, shellWords } from '../../../../src/cli/plan-scripts/shard-program.ts';
import type { Plan } from '../../../../src/plans/plan.ts';
import { useFolder } from '../../../support/tree.ts';

const ID = '20261130T021500Z-1a2b3c4d';
const RUN = ['run', '--plan', ID];
const FINISH = ['finish', '--plan', ID];
/** Words that a shell, or a comment, could take for something else. */
const FLAGS = [
  '--exclude',
  `it's $HOME \`id\` "*" {} {.} Ref::x`,
  '--include',
  'a\nb',
  '--delete-after-upload',
];
const ODD_SOURCE = 'photos\nrm -rf x';

/** An sbatch that keeps the scripts of the two jobs. */
const SBATCH = `case $* in *afterany*) cat > finish; echo '78;cluster' ;; *) cat > task; echo '77;cluster' ;; esac`;

/** A place with programs of its own, which write down how they were called. */
function usePlace(t: TestContext, shards = 3) {
  const root = useFolder(t);
  const cwd = join(root, `it's here`);
  const bin = join(root, 'bin');
  for (const folder of [cwd, bin]) mkdirSync(folder);
  const range = { from: null, to: null, files: 1, bytes: 1 };
  const plan: Plan = {
    s3_backup_plan: 1,
    id: ID,
    tool_version: '0',
    source: ODD_SOURCE,
    bucket: 'b',
    prefix: 'p/',
    settings: '',
    by: 'walk',
    files: shards,
    bytes: shards,
    ranges: Array(shards).fill(range),
  };
  const program: ShardProgram = {
    plan,
    program: ['s3-backup'],
    flags: FLAGS,
    cwd,
    folders: [join(root, 'source')],
    configFiles: ['/etc/s3 backup.yaml'],
    isLimited: false,
  };
  /** Makes a program that notes its words, and then does this. */
  const addProgram = (name: string, script: string) =>
    writeFileSync(
      join(bin, name),
      `#!/bin/bash\nprintf '%s\\0' "$@" >> '${root}/${name}.calls'; printf '\\n\\0' >> '${root}/${name}.calls'\n${script}\n`,
      {
        mode: 0o755,
      },
    );
  const callsOf = (name: string): string[][] => {
    const file = join(root, `${name}.calls`);
    const calls = existsSync(file) ? readFileSync(file, 'utf8').split('\n\0').slice(0, -1) : [];
    return calls.map((call) => call.split('\0').slice(0, -1));
  };
  const run = (script: string, words: readonly string[] = [], env: Record<string, string> = {}) => {
    execFileSync('bash', ['-n'], { input: script });
    const file = join(root, 'script');
    writeFileSync(file, script);
    const { status, stdout, stderr } = spawnSync('bash', [file, ...words], {
      env: { PATH: `${bin}:${process.env.PATH}`, ...env },
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, stdout, stderr };
  };
  return { root, cwd, program, addProgram, callsOf, run };
}

test('words arrive in a program as they were given', () => {
  const words = [
    '',
    ' ',
    `it's`,
    '$(id)',
    '`id`',
    '"',
    '\\',
    'a\nb',
    '*',
    '~',
    '-x',
    'é',
    '!',
    '{a,b}',
    'a=b',
  ];
  const script = `printf '%s\\0' ${shellWords(words)}`;
  const out = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual(out.split('\0').slice(0, -1), words);
});

test('the script for Slurm submits an array, whose tasks call the program with the flags, and a job that finishes the plan', (t) => {
  const { root, cwd, program, addProgram, callsOf, run } = usePlace(t);
  addProgram('sbatch', SBATCH);
  const { status, stdout, stderr } = run(ENGINES.slurm(program), ['--partition', 'long', '--array=0-2%1']);
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(stdout, 'submitted: 77, then 78\n');
  const [array = [], finish = [], ...others] = callsOf('sbatch');
  assert.deepEqual(others, []);
  assert.ok(
    array.includes('--array=0-2') && array.includes('--signal=B:TERM@60') && array.includes('--requeue'),
  );
  assert.ok(array.includes(`--chdir=${cwd}`));
  assert.equal(array.at(-1), '--array=0-2%1');
  addProgram('s3-backup', 'exit 0');
  assert.equal(run(readFileSync(join(root, 'task'), 'utf8')).status, 0);
  assert.ok(finish.includes('--dependency=afterany:77') && finish.includes(`--chdir=${cwd}`));
  assert.deepEqual(finish.slice(-2), ['--partition', 'long']);
  assert.ok(!finish.some((word) => word.startsWith('--array')));
  assert.equal(run(readFileSync(join(root, 'finish'), 'utf8')).status, 0);
  assert.deepEqual(callsOf('s3-backup'), [
    [...RUN, ...FLAGS],
    [...FINISH, ...FLAGS],
  ]);
});

test('a part of the shards is submitted to Slurm without an option that the last job could not take', (t) => {
  const { program, addProgram, callsOf, run } = usePlace(t);
  addProgram('sbatch', SBATCH);
  assert.equal(run(ENGINES.slurm(program), ['-a', '3,7-9']).status, 0);
  const [array = [], finish = []] = callsOf('sbatch');
  assert.deepEqual(array.slice(-2), ['-a', '3,7-9']);
  assert.equal(finish.at(-1), '--dependency=afterany:77');
});

const TASK = { SLURM_ARRAY_JOB_ID: '77', SLURM_ARRAY_TASK_ID: '2' };

/** A scontrol that shows a job with so many restarts. Slurm would end the script that requeues it. */
function scontrolThatKnows(restarts: number): string {
  return `[ "$2" = show ] || exit 1\necho "JobId=78 ArrayJobId=77 Requeue=1 Restarts=${restarts} BatchFlag=1"`;
}

function requeues(callsOf: (name: string) => string[][]): string[][] {
  return callsOf('scontrol').filter(([word]) => word === 'requeue');
}

for (const [code, restarts, isRepeated] of [
  [0, 0, false],
  [2, 0, false],
  [1, 0, false],
  [75, 4, true],
  [75, 5, false],
  [128, 0, false],
  [143, 0, true],
  [137, 4, true],
  [137, 5, false],
] as const) {
  test(`a task of Slurm that ends with ${code} after ${restarts} restarts is ${isRepeated ? '' : 'not '}put into the queue again`, (t) => {
    const { root, program, addProgram, callsOf, run } = usePlace(t);
    addProgram('sbatch', SBATCH);
    run(ENGINES.slurm(program));
    addProgram('s3-backup', `exit ${code}`);
    addProgram('scontrol', scontrolThatKnows(restarts));
    const env = { ...TASK, SLURM_RESTART_COUNT: String(restarts) };
    const shard = run(readFileSync(join(root, 'task'), 'utf8'), [], env);
    assert.equal(shard.status, code);
    assert.deepEqual(requeues(callsOf), isRepeated ? [['requeue', '77_2']] : []);
  });
}

test('a task that Slurm has started again meanwhile, since it took the node for lost, does not repeat that one', (t) => {
  const { root, program, addProgram, callsOf, run } = usePlace(t);
  addProgram('sbatch', SBATCH);
  run(ENGINES.slurm(program));
  addProgram('s3-backup', 'exit 75');
  addProgram('scontrol', scontrolThatKnows(1));
  assert.equal(run(readFileSync(join(root, 'task'), 'utf8'), [], TASK).status, 75);
  assert.deepEqual(callsOf('scontrol'), [['--oneliner', 'show', 'job', '77_2']]);
});

test('a signal for a task of Slurm reaches the program, and its own exit code counts', (t) => {
  const { root, program, addProgram, callsOf, run } = usePlace(t);
  addProgram('sbatch', SBATCH);
  run(ENGINES.slurm(program));
  addProgram('s3-backup', "trap 'exit 143' TERM; kill -TERM $PPID; while true; do sleep 0.1; done");
  addProgram('scontrol', scontrolThatKnows(0));
  const { status } = run(readFileSync(join(root, 'task'), 'utf8'), [], TASK);
  assert.deepEqual([status, requeues(callsOf)], [143, [['requeue', '77_2']]]);
});

test('the script for GNU parallel gives each shard its index, and tries one again that was killed or asks for it', (t) => {
  const { root, program, addProgram, callsOf, run } = usePlace(t);
  addProgram('parallel', 'for last; do :; done; while read -r index; do "$last" "$index" </dev/null; done');
  addProgram('sleep', 'exit 0');
  addProgram(
    's3-backup',
    `case "$(cat '${root}/tried' 2>/dev/null)\${@: -1}" in
      1) printf x > '${root}/tried'; exit 137 ;;
      x1) printf xx > '${root}/tried'; exit 75 ;;
    esac`,
  );
  const { status, stderr } = run(ENGINES.parallel(program), ['8', '--sshloginfile', 'hosts']);
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual(callsOf('parallel'), [
    ['--jobs', '8', '--env', 'shard', '--sshloginfile', 'hosts', 'shard'],
  ]);
  const calls = callsOf('s3-backup');
  assert.deepEqual(
    calls.map((call) => call.at(-1)),
    ['0', '1', '1', '1', '2', FLAGS.at(-1)],
  );
  assert.deepEqual(calls[0], [...RUN, ...FLAGS, '--shard', '0']);
  assert.deepEqual(calls.at(-1), [...FINISH, ...FLAGS]);
});

test('the script for GNU parallel ends as the finish of the plan does', (t) => {
  const { program, addProgram, run } = usePlace(t);
  addProgram('parallel', 'cat > /dev/null; exit 3');
  addProgram('s3-backup', '[ "$1" != finish ] || exit 2');
  assert.equal(run(ENGINES.parallel(program)).status, 2);
});

test('the manifest for Kubernetes is an indexed Job that gives up a shard only for its own failure', (t) => {
  const { root, cwd, program } = usePlace(t, 40);
  const text = ENGINES.kubernetes(program);
  const [job, finish, ...others] = parseAllDocuments(text).map((document) => document.toJS());
  assert.deepEqual(others, []);
  assert.deepEqual(
    [job.apiVersion, job.kind, job.metadata.name],
    ['batch/v1', 'Job', `s3-backup-${ID.toLowerCase()}`],
  );
  assert.match(job.metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const { completionMode, completions, parallelism, podFailurePolicy, template } = job.spec;
  assert.deepEqual([completionMode, completions, parallelism], ['Indexed', 40, 16]);
  assert.deepEqual(podFailurePolicy.rules[0].onExitCodes, {
    containerName: 's3-backup',
    operator: 'In',
    values: [1, 2],
  });
  const [container] = template.spec.containers;
  assert.deepEqual(container.command, ['s3-backup', ...RUN, ...FLAGS]);
  assert.equal(container.workingDir, cwd);
  assert.deepEqual(container.volumeMounts, [
    { name: 'files', mountPath: join(root, 'source') },
    { name: 'config', mountPath: '/etc/s3 backup.yaml', subPath: 's3 backup.yaml' },
  ]);
  assert.equal(template.spec.restartPolicy, 'Never');
  assert.deepEqual([finish.metadata.name, finish.spec.suspend], [`${job.metadata.name}-finish`, true]);
  assert.match(finish.metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const { containers, ...pod } = finish.spec.template.spec;
  assert.deepEqual(containers, [{ ...container, command: ['s3-backup', ...FINISH, ...FLAGS] }]);
  assert.deepEqual({ containers: [container], ...pod }, template.spec);
  assert.ok(text.includes(`kubectl patch job ${finish.metadata.name} `));
});

test('the script for AWS Batch registers a definition, and submits an array', (t) => {
  const { program, addProgram, callsOf, run } = usePlace(t);
  addProgram('aws', `case $* in *jobId=job-1*) echo job-2 ;; *submit-job*) echo job-1 ;; esac`);
  const { status, stdout, stderr } = run(ENGINES.batch(program), ['long']);
  assert.deepEqual([status, stdout, stderr], [0, 'submitted: job-1, then job-2\n', '']);
  const [register = [], array = [], finish = [], ...others] = callsOf('aws');
  assert.deepEqual(others, []);
  const definition = JSON.parse(register.at(-1) ?? '');
  assert.deepEqual(definition.containerProperties.command, ['s3-backup', ...RUN, ...FLAGS]);
  const { evaluateOnExit } = definition.retryStrategy;
  assert.deepEqual(
    evaluateOnExit.slice(0, -1).map((rule: Record<string, string>) => Object.values(rule)),
    [
      ['75', 'RETRY'],
      ['137', 'RETRY'],
      ['143', 'RETRY'],
      ['Host EC2*', 'RETRY'],
    ],
  );
  assert.deepEqual(evaluateOnExit.at(-1), { onReason: '*', action: 'EXIT' });
  assert.ok(array.includes('size=3') && array.includes('long'));
  assert.deepEqual([finish.includes('long'), finish.includes('size=3')], [true, false]);
  const overrides = finish[finish.indexOf('--container-overrides') + 1] ?? '';
  assert.deepEqual(JSON.parse(overrides), { command: ['s3-backup', ...FINISH, ...FLAGS] });
  assert.equal(run(ENGINES.batch(program)).status, 1, 'without a queue');
});

test('a plan of one shard is no array for AWS Batch, which has none of one', (t) => {
  const { program } = usePlace(t, 1);
  const script = ENGINES.batch(program);
  assert.doesNotMatch(script, /--array-properties/);
  assert.match(script, /"--shard",\n\s+"0"/);
});

test('with a bandwidth limit, shards that work at the same time share it if their number is known', (t) => {
  const { program, addProgram, callsOf, run } = usePlace(t, 40);
  const limited = { ...program, isLimited: true };
  const [job, finish] = parseAllDocuments(ENGINES.kubernetes(limited)).map((document) => document.toJS());
  assert.equal(job.spec.parallelism, 16);
  assert.deepEqual(job.spec.template.spec.containers[0].command.slice(-2), ['--parallel', '16']);
  assert.ok(!finish.spec.template.spec.containers[0].command.includes('--parallel'));
  addProgram('parallel', 'for last; do :; done; "$last" 0');
  addProgram('s3-backup', 'exit 0');
  assert.equal(run(ENGINES.parallel(limited), ['8']).status, 0);
  assert.deepEqual(callsOf('parallel'), [['--jobs', '8', '--env', 'shard', '--env', 'at_a_time', 'shard']]);
  assert.deepEqual(callsOf('s3-backup'), [
    [...RUN, ...FLAGS, '--shard', '0', '--parallel', '8'],
    [...FINISH, ...FLAGS],
  ]);
  // Only the user knows how many tasks Slurm and Batch start.
  for (const engine of ['slurm', 'batch'] as const)
    assert.match(ENGINES[engine](limited), /^# Each shard has the whole transfer\.bwlimit\..*--parallel N/m);
  assert.match(ENGINES.slurm(limited), /with --array=0-39%20, N is 20\.$/m);
  const few = { ...usePlace(t).program, isLimited: true };
  assert.match(ENGINES.slurm(few), /with --array=0-2%3, N is 3\.$/m);
  for (const script of Object.values(ENGINES)) assert.doesNotMatch(script(program), /--parallel|bwlimit/);
});

test('no name can end the comment that names the plan', (t) => {
  const { program } = usePlace(t);
  for (const script of Object.values(ENGINES)) {
    const text = script(program);
    assert.match(text, /^(#!\/bin\/bash\n)?# Plan 2026.*photos\?rm -rf x/);
  }
});
