import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { useFolder } from './tree.ts';

const SSHD = '/usr/sbin/sshd';

/**
 * Starts an SSH server on this machine for the time of the test.
 *
 * @returns the sshfs command that mounts the folder, or why there is none
 */
export async function useSftp(
  t: TestContext,
  folder: string,
  point: string,
): Promise<readonly string[] | string> {
  if (process.getuid?.() !== 0) return 'an SSH server of its own needs root';
  if (!existsSync(SSHD) || spawnSync('sshfs', ['--version']).error) return 'no sshd, or no sshfs';
  const home = useFolder(t);
  for (const key of ['host', 'user'])
    spawnSync('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', join(home, key)]);
  const port = await freePort();
  mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(
    join(home, 'config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(home, 'host')}
AuthorizedKeysFile ${join(home, 'user.pub')}
PidFile none
StrictModes no
PermitRootLogin yes
Subsystem sftp internal-sftp
`,
  );
  const server = spawn(SSHD, ['-D', '-f', join(home, 'config')], { stdio: 'ignore' });
  t.after(() => server.kill());
  if (!(await isListening(port))) return 'sshd does not start';
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    `IdentityFile=${join(home, 'user')}`,
    'BatchMode=yes',
  ].join(',');
  return ['sshfs', '-p', String(port), '-o', options, `root@127.0.0.1:${folder}`, point];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return true;
    await sleep(100);
  }
  return false;
}
