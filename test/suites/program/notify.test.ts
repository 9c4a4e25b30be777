import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useReceiver } from '../../support/receiver.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useSmtpSink } from '../../support/smtp-sink.ts';

const program = useProgram();
const NO_MSMTP = spawnSync('msmtp', ['--version']).error !== undefined && 'needs msmtp';

async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const run = (more: NodeJS.ProcessEnv) => {
    const spawned = start([process.execPath, program.bin, 'run'], { workplace, env: { ...env, ...more } });
    t.after(() => spawned.child.kill('SIGKILL'));
    return spawned;
  };
  return { server, workplace, run };
}

test('a real program for mail delivers what a run writes, to its recipients and no others', {
  skip: NO_MSMTP,
}, async (t) => {
  const { server, workplace, run } = await usePlace(t);
  const { port, mails } = await useSmtpSink(t);
  const rc = workplace.write(
    'msmtprc',
    `account default\nhost 127.0.0.1\nport ${port}\nauto_from off\nfrom backup@example.com\n`,
  );
  workplace.write('source/größe\nBcc: all@example.com', 'x');
  const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: 'PutObject', times: 2, do: fault });
  const { code, stderr } = await run({
    backup_notify__email: 'admin@example.com,root@example.com',
    backup_notify__sendmail: JSON.stringify(['msmtp', '-C', rc]),
  }).ended;
  assert.equal(code, 2, stderr);
  assert.doesNotMatch(stderr, /mail was not sent/);
  const [mail, ...others] = mails;
  assert.deepEqual([mail?.to, others], [['admin@example.com', 'root@example.com'], []]);
  assert.match(mail?.text ?? '', /^Subject: s3-backup on \S+: 2 files failed \(s3:\/\/test-bucket\/\)$/m);
  const body = mail?.text.slice(mail.text.indexOf('\n\n') + 2) ?? '';
  assert.match(
    Buffer.from(body, 'base64').toString(),
    /\n"größe\\nBcc: all@example\.com": .*\[UPLOAD_FAILED\]\n/,
  );
});

test('a second signal kills the hook that runs, with its children, and ends at once', async (t) => {
  const { workplace, run } = await usePlace(t);
  const script = 'trap "" TERM; sleep 1000 & echo $! > child; echo $$ > hook; wait; wait';
  const { child, seen, ended } = run({
    backup_hooks__before: JSON.stringify(['sh', '-c', script, workplace.cwd]),
  });
  const written = (name: string) =>
    existsSync(join(workplace.cwd, name)) && readFileSync(join(workplace.cwd, name), 'utf8').endsWith('\n');
  while (!written('hook')) await sleep(10);
  child.kill('SIGINT');
  await seen(/press Ctrl-C again/);
  child.kill('SIGINT');
  assert.equal((await ended).code, 130);
  for (const name of ['child', 'hook']) while (isAlive(Number(workplace.read(name)))) await sleep(10);
});

test('a receiver that never answers does not keep a second signal from ending the program', async (t) => {
  const { run } = await usePlace(t);
  const receiver = await useReceiver(t, () => 'hang');
  const { child, ended } = run({ backup_notify__webhooks: receiver.url, backup_notify__on: 'always' });
  while (receiver.received.length === 0) await sleep(10);
  child.kill('SIGTERM');
  child.kill('SIGINT');
  const { code } = await ended;
  assert.ok(code === 130 || code === 143, String(code));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
