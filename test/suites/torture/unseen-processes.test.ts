import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();

const IN_NAMESPACE = ['unshare', '--pid', '--fork', '--mount', '--mount-proc'];
const NO_NAMESPACES =
  spawnSync(IN_NAMESPACE[0] ?? '', [...IN_NAMESPACE.slice(1), 'true']).status === 0
    ? false
    : 'no PID namespace can be made here';

/** The first process of the namespace stays root's, so an ordinary user does not see it. */
const HIDING =
  'mount -t proc -o hidepid=2 proc /proc; setpriv --reuid=65534 --regid=65534 --clear-groups "$@"';

for (const [what, command, unseen] of [
  [
    'in a container',
    IN_NAMESPACE,
    /cannot be detected in processes outside this container \(PID namespace\)$/m,
  ],
  [
    'where /proc hides the processes of others',
    [...IN_NAMESPACE, 'sh', '-c', `${HIDING}; exit $?`, 'sh'],
    /cannot be detected in processes that \/proc hides \(hidepid\), processes outside this container/,
  ],
] as const) {
  test(`status and log say ${what} that not all open files are seen`, { skip: NO_NAMESPACES }, async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { file: 'x' });
    const run = (deletes: boolean, ...args: string[]) => {
      const all = [...command, process.execPath, program.bin, ...args, '--source', workplace.source];
      const env = { ...serverEnvironment(server), backup_backup__delete_after_upload: String(deletes) };
      return start(all, { workplace, env }).ended;
    };
    const { stdout } = await run(true, 'status');
    assert.match(stdout, unseen);
    assert.match(stdout, /^ {2}! open files /m);
    const { stderr } = await run(true, 'run', '--verbose');
    assert.match(stderr, /files open for writing cannot be detected in all processes/);
    assert.doesNotMatch((await run(false, 'status')).stdout, /open files/);
    assert.doesNotMatch((await run(false, 'run', '--verbose')).stderr, /open for writing/);
  });
}
