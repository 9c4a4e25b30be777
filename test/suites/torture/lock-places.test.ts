import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isOwnFolder, newLockName, parseLockName, readLock } from '../../../src/lock/lock-folder.ts';
import { lockPlaces } from '../../../src/lock/places.ts';
import { destinationResource, folderResource } from '../../../src/lock/resource.ts';
import { takeLocks } from '../../../src/lock/take-locks.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { serverEnvironment, useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { hasPython, useHelper } from '../../support/helper-process.ts';
import { HOLDER } from '../../support/locks.ts';
import { withoutUnixSockets } from '../../support/no-unix-sockets.ts';
import { start, useProgram } from '../../support/program.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { NODE_FLAGS, sourceUrl } from '../../support/sources.ts';

const program = useProgram();
const NOBODY = 65_534;
const IS_LINUX_ROOT = process.platform === 'linux' && process.getuid?.() === 0;
const ROOT = !IS_LINUX_ROOT && 'only root on Linux can do that';
const PYTHON = !(process.platform === 'linux' && hasPython) && 'needs Linux and python3';

/** Why a command cannot be run inside such namespaces. */
function refusal(prefix: readonly string[]): string | false {
  const [file = '', ...args] = [...prefix, 'true'];
  const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8' });
  return status !== 0 && `${prefix.join(' ')}: ${error?.message ?? stderr.trim()}`;
}

/** Runs a copy of the source, or another command for it, with another program in front of it. */
function run(prefix: readonly string[], workplace: Workplace, server: S3Server, name = 'run') {
  const command = [...prefix, process.execPath, program.bin, name, '--source', workplace.source];
  return start(command, { workplace, env: serverEnvironment(server) }).ended;
}

function inShell(script: string): string[] {
  return ['unshare', '--mount', 'sh', '-ec', `${script}\nexec "$@"`, 'sh'];
}

const READ_ONLY = (folder: string) => `
  mount --bind ${folder} ${folder}
  mount -o remount,bind,ro ${folder}`;

for (const [what, prefix] of [
  ['another network namespace', ['unshare', '--net']],
  ['another PID and network namespace', ['unshare', '--net', '--pid', '--fork', '--mount-proc']],
  ['a mount namespace with a /dev/shm of its own', inShell('mount -t tmpfs tmpfs /dev/shm')],
  ['a mount namespace in which /tmp is read-only', inShell(READ_ONLY('/tmp'))],
] as const) {
  const skip = ROOT || refusal(prefix);
  test(`a run in ${what} is kept off, and keeps others off`, { skip }, async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { one: 'first' });
    const source = folderResource(workplace.source);
    const release = await takeLocks({ resources: [source], holder: HOLDER });
    const { code, stderr } = await run(prefix, workplace, server);
    release();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`process ${process.pid} since .*\\[LOCKED\\]`));
    const holder = await holdInside(t, prefix, workplace.source);
    await assert.rejects(takeLocks({ resources: [source], holder: HOLDER }), { code: 'LOCKED' });
    await holder.end();
    const again = await takeLocks({ resources: [source], holder: HOLDER, waitSeconds: 10 });
    again();
  });
}

/** A process inside of the namespaces that has the lock on a folder. */
function holdInside(t: TestContext, prefix: readonly string[], path: string) {
  const script = `
    import { folderResource } from '${sourceUrl('lock/resource.ts')}';
    import { takeLocks } from '${sourceUrl('lock/take-locks.ts')}';
    const resources = [folderResource(${JSON.stringify(path)})];
    await takeLocks({ resources, holder: ${JSON.stringify(HOLDER)} });
    console.log('taken');
    // Its parent, unshare, may be killed instead of it.
    process.stdin.on('end', () => process.exit()).resume();`;
  return useHelper(t, [...prefix, process.execPath, ...NODE_FLAGS, '--input-type=module', '-e', script]);
}

test('where /tmp is read-only and /dev/shm is not, as in read-only containers, a run works', {
  skip: ROOT || refusal(inShell(READ_ONLY('/tmp'))),
}, async (t) => {
  const server = await useS3Server(t);
  const { code, stderr } = await run(inShell(READ_ONLY('/tmp')), useWorkplace(t, { one: 'first' }), server);
  assert.equal(code, 0, stderr);
});

test('where everything is read-only that is one line, and nothing is sent', {
  skip: ROOT || refusal(inShell(READ_ONLY('/tmp') + READ_ONLY('/dev/shm'))),
}, async (t) => {
  const server = await useS3Server(t);
  const prefix = inShell(READ_ONLY('/tmp') + READ_ONLY('/dev/shm'));
  const { code, stderr } = await run(prefix, useWorkplace(t, { one: 'first' }), server);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^s3-backup: No lock can be made .*: \/dev\/shm: mkdir EROFS; \/tmp: mkdir EROFS\. \[LOCK_UNAVAILABLE\]\n {2}Make .*\n$/,
  );
  assert.equal(server.requests.length, 0);
});

test('where everything is read-only, status says that no lock can be made, and goes on', {
  skip: ROOT || refusal(inShell(READ_ONLY('/tmp') + READ_ONLY('/dev/shm'))),
}, async (t) => {
  const server = await useS3Server(t);
  const prefix = inShell(READ_ONLY('/tmp') + READ_ONLY('/dev/shm'));
  const { code, stdout } = await run(prefix, useWorkplace(t, { one: 'first' }), server, 'status');
  assert.equal(code, 1);
  assert.match(
    stdout,
    /✗ lock +No lock can be made .*: \/dev\/shm: mkdir EROFS; \/tmp: mkdir EROFS\. \[LOCK_UNAVAILABLE\]\n +Make .*\n/,
  );
  assert.match(stdout, /✓ write /);
});

test('where Unix sockets are refused that is one line, which says what the unit needs', {
  skip: PYTHON,
}, async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { one: 'first' });
  const { code, stderr } = await run(
    ['env', `TMPDIR=${workplace.home}`, ...withoutUnixSockets([])],
    workplace,
    server,
  );
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^s3-backup: No lock can be made .*: listen EAFNOSUPPORT.* \[LOCK_UNAVAILABLE\]\n {2}.* add AF_UNIX to RestrictAddressFamilies= .*\n$/,
  );
  assert.equal(server.requests.length, 0);
  assert.deepEqual(readdirSync(workplace.home), []);
});

/** The folders of the locks on a source. */
function locksOn(source: string): string[] {
  const folders = lockPlaces().flatMap((place) => readdirSync(place).map((name) => join(place, name)));
  return folders.filter((folder) => {
    const isLock = parseLockName(basename(folder)) !== undefined && isOwnFolder(folder);
    return isLock && readLock(folder)?.record?.resources.some(({ name }) => name === source);
  });
}

const STRANGER = ['setpriv', '--reuid=123456', '--regid=123456', '--clear-groups'];

for (const [who, prefix] of [
  ['without a home', ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', '-u', 'HOME']],
  ['whom the system does not know', STRANGER],
  [
    'whom the system does not know, without a home, of whom the SDK wants one',
    [...STRANGER, 'env', '-u', 'HOME', 'backup_transfer__transport=sdk'],
  ],
  [
    'in a user namespace, where the owner of /tmp is unknown',
    [...STRANGER, 'unshare', '--user', '--map-root-user'],
  ],
] as const) {
  test(`a user ${who} can lock`, { skip: ROOT || refusal(prefix) }, async (t) => {
    const server = await useS3Server(t);
    const workplace = { ...useWorkplace(t), home: '/nonexistent' };
    workplace.write('source/one', 'first', 0o644);
    const { code, stderr } = await run(prefix, workplace, server);
    assert.equal(code, 0, stderr);
  });
}

/** What another local user does to keep root's run off, hold it up or bring it down. */
const SQUATTER = `
  const fs = require('node:fs');
  const net = require('node:net');
  const [folders, record] = process.argv.slice(1).map((text) => JSON.parse(text));
  process.setgroups([]);
  process.setgid(${NOBODY});
  process.setuid(${NOBODY});
  const connections = [];
  for (const folder of folders) {
    fs.mkdirSync(folder, { mode: 0o777 });
    fs.writeFileSync(folder + '/held.json', JSON.stringify(record));
    fs.writeFileSync(folder + '/claimed.json', '{'.repeat(1 << 20));
    const server = net.createServer((socket) => {
      connections.push(socket);
      socket.on('error', () => undefined);
      setInterval(() => socket.write('x'), 100);
      const flood = () => { while (socket.write(Buffer.alloc(1 << 20))); socket.once('drain', flood); };
      flood();
    });
    server.listen({ path: folder + '/socket', writableAll: true, readableAll: true });
    fs.chmodSync(folder, 0o777);
  }
  const attack = (path) => {
    const results = {};
    const note = (name, work) => { try { work(); results[name] = 'done'; } catch (error) { results[name] = error.code; } };
    note('list', () => fs.readdirSync(path));
    note('remove', () => fs.rmSync(path, { recursive: true }));
    note('rename', () => fs.renameSync(path, path + '-gone'));
    note('replace', () => fs.symlinkSync('/', path));
    net.connect(path + '/socket').on('error', (error) => {
      console.log(JSON.stringify({ ...results, connect: error.code, connections: connections.length }));
    }).on('connect', () => console.log(JSON.stringify({ ...results, connect: 'done' })));
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', attack);
  console.log('ready');`;

test('another user can neither hold, hold up, flood, read nor remove the locks of a run', {
  skip: ROOT,
}, async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { one: 'first' });
  const { endpoint: endpointUrl } = server;
  const resources = [
    folderResource(workplace.source),
    destinationResource({ endpointUrl, bucket: TEST_BUCKET, prefix: '' }),
  ];
  const names = lockPlaces().flatMap((place) =>
    Array.from({ length: 20 }, () => join(place, newLockName().name)),
  );
  const args = [JSON.stringify(names), JSON.stringify({ resources, holder: HOLDER })];
  const child = spawn(process.execPath, ['-e', SQUATTER, ...args]);
  t.after(() => child.kill('SIGKILL'));
  t.after(() => spawnSync('rm', ['-rf', ...names]));
  await once(child.stdout, 'data');
  const { code, stderr } = await run([], workplace, server);
  assert.equal(code, 0, stderr);
  const release = await takeLocks({ resources, holder: HOLDER });
  const own = locksOn(workplace.source);
  assert.equal(own.length, lockPlaces().length);
  for (const path of own) {
    child.stdin.write(`${path}\n`);
    const [answer] = await once(child.stdout, 'data');
    const all = { list: 'EACCES', remove: 'EACCES', rename: 'EPERM', replace: 'EEXIST', connect: 'EACCES' };
    assert.deepEqual(JSON.parse(String(answer)), { ...all, connections: 0 });
  }
  release();
});

test('ten thousand locks of another user cost a run some time, and nothing else', {
  skip: ROOT,
}, async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { one: 'first' });
  const names = Array.from({ length: 10_000 }, () => join('/dev/shm', newLockName().name));
  t.after(() => {
    for (let from = 0; from < names.length; from += 1000)
      spawnSync('rm', ['-rf', ...names.slice(from, from + 1000)]);
  });
  const plant = `
    process.setgid(${NOBODY});
    process.setuid(${NOBODY});
    for (const name of require('node:fs').readFileSync(0, 'utf8').split(' ')) require('node:fs').mkdirSync(name);`;
  const planted = spawnSync(process.execPath, ['-e', plant], { input: names.join(' '), encoding: 'utf8' });
  assert.equal(planted.status, 0, planted.stderr);
  const started = performance.now();
  const { code, stderr } = await run([], workplace, server);
  t.diagnostic(`the run took ${Math.round(performance.now() - started)} ms`);
  assert.equal(code, 0, stderr);
});
