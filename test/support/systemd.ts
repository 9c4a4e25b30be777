import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MANAGER = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find((path) => existsSync(path));

/** Why there can be no manager of systemd here, or false. */
export const NO_SYSTEMD =
  process.platform !== 'linux' || process.geteuid?.() !== 0
    ? 'only root on Linux can start a manager of systemd for a test'
    : MANAGER === undefined
      ? 'systemd is not installed'
      : false;

export interface SystemdAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A manager of systemd of the test's own, and its view of the file system. */
export interface Systemd {
  /** Runs a program where the manager sees and serves it. */
  run(
    words: readonly string[],
    input?: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
  ): Promise<SystemdAnswer>;
  /** What its services have printed so far. */
  log(): string;
}

/**
 * Starts a real manager of systemd, which is ended after the test. It runs as the manager of a user, who is root: so it confines
 * services as the manager of a system does, and needs no machine of its own. In a mount namespace it has a /run, a folder of
 * units and a folder of crontabs of its own. `systemctl` without `--user` reaches it as well.
 */
export async function useSystemd(t: TestContext): Promise<Systemd> {
  const root = mkdtempSync(join(tmpdir(), 'systemd-test-'));
  const [tools, runtime] = [join(root, 'bin'), join(root, 'run')];
  for (const folder of [tools, runtime]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(
    join(tools, 'systemctl'),
    '#!/bin/sh\nexec /usr/bin/env -i "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR" /bin/systemctl --user "$@"\n',
    {
      mode: 0o755,
    },
  );
  const env = {
    PATH: `${tools}:${process.env.PATH}`,
    HOME: root,
    XDG_RUNTIME_DIR: runtime,
    // A colon at its end stands for the usual folders.
    SYSTEMD_UNIT_PATH: '/etc/systemd/system:',
  };
  const script = [
    // Credentials are mounted in a namespace of their own, from where the mount comes here. Nothing goes on to the machine.
    'mount --make-rshared /',
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /run/systemd/system /etc/systemd/system /var/spool/cron/crontabs',
    // The first manager of a machine makes these, which take the places of what a service must not see.
    '(cd /run/systemd && mkdir -p inaccessible/dir && cd inaccessible && touch reg && mknod chr c 0 0 && mknod blk b 0 0)',
    'mount -t tmpfs tmpfs /etc/systemd/system',
    'mount -t tmpfs tmpfs /var/spool/cron/crontabs',
    `exec ${MANAGER} --user --unit=basic.target --log-target=console`,
  ].join(' && ');
  const manager = spawn(
    'setpriv',
    // A test that is killed leaves no manager behind.
    ['--pdeathsig', 'TERM', 'unshare', '--mount', '--propagation', 'private', 'sh', '-c', script],
    { env },
  );
  const ended = new Promise<void>((resolve) => manager.once('close', () => resolve()));
  // Nobody keeps a journal here.
  const [log, dropIns] = [join(root, 'log'), join(root, '.config/systemd/user/service.d')];
  mkdirSync(dropIns, { recursive: true });
  writeFileSync(
    join(dropIns, 'log.conf'),
    `[Service]\nStandardOutput=append:${log}\nStandardError=inherit\n`,
  );
  t.after(async () => {
    manager.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000, undefined, { ref: false }).then(() => manager.kill('SIGKILL'))]);
    rmSync(root, { recursive: true, force: true });
  });
  const systemd: Systemd = {
    run: (words, input = {}) =>
      answerOf(
        ['nsenter', '--mount', `--target=${manager.pid}`, `--wd=${input.cwd ?? root}`, '--', ...words],
        {
          ...env,
          ...input.env,
        },
      ),
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
  };
  for (let tries = 0; tries < 150; tries += 1) {
    const { stdout } = await systemd.run(['systemctl', 'is-system-running']);
    if (/^(running|degraded)$/.test(stdout.trim())) return systemd;
    if (manager.exitCode !== null) break;
    await sleep(200);
  }
  throw new Error('systemd did not start');
}

/** Runs a program while this process goes on: its server may be asked. */
async function answerOf(words: readonly string[], env: NodeJS.ProcessEnv): Promise<SystemdAnswer> {
  const [name = '', ...rest] = words;
  const child = spawn(name, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const [stdout = '', stderr = ''] = await Promise.all(texts);
  return { code, stdout, stderr };
}

/** Runs `systemd-analyze` on units in a folder of the test's own. */
export function analyze(
  t: TestContext,
  units: Readonly<Record<string, string>>,
  words: readonly string[],
): SystemdAnswer {
  const folder = mkdtempSync(join(tmpdir(), 'systemd-analyze-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, name), text);
  const files = Object.keys(units).map((name) => join(folder, name));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...words, ...files], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

/** Why `systemd-analyze` cannot be asked here, or false. */
export const NO_ANALYZE =
  spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'systemd-analyze is not installed';
