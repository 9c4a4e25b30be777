/**
 * The image that the Dockerfile makes, built and run by podman. The image in which it is built cannot be fetched everywhere, so
 * one with its name is made of this machine's Node.js and the programs that are used; packages are not installed, and
 * node_modules mounted.
 */
import assert from 'node:assert/strict';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { VERSION } from '../../../src/core/version.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { useWorkplace } from '../../support/cli-context.ts';
import { NO_PODMAN, Podman } from '../../support/podman.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';

const IMAGE = 's3-backup';
const DOCKERFILE = readFileSync('Dockerfile', 'utf8');
const NODE = /^ARG NODE_MAJOR=(\d+)$/m.exec(DOCKERFILE)?.[1];
/** The network of this machine, where the server is; and limits that a machine without CAP_SYS_RESOURCE can give. */
const HERE = ['--network=host', '--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024'];
/** As docs/compose.yaml has it. */
const CONFINED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--tmpfs=/tmp'];
const USER = 1_234;

describe('the image', { skip: NO_PODMAN }, () => {
  let podman: Podman;

  before(async () => {
    podman = new Podman();
    const tools = ['bash', 'cat', 'chmod', 'cp', 'grep', 'ldd', 'mkdir', 'sh', 'strip', 'xargs'];
    const programs = Object.fromEntries(tools.map((name) => [`/bin/${name}`, programOf(name)]));
    await podman.makeImage(
      `node:${NODE}-bookworm-slim`,
      { ...programs, '/usr/local/bin/node': process.execPath, '/etc/os-release': '/etc/os-release' },
      {
        '/usr/local/bin/npm': '#!/bin/sh\n[ "$*" = "ci --ignore-scripts" ]\n',
        '/bin/apt-get':
          '#!/bin/sh\ncase "$*" in update | "install --yes --no-install-recommends binutils") ;; *) exit 1 ;; esac\n',
        '/bin/dpkg-query': '#!/bin/sh\n[ "$1" = --status ] && echo "Package: $2"\n',
      },
    );
    const modules = `--volume=${resolve('node_modules')}:/src/node_modules:ro`;
    const how = [
      '--isolation=chroot',
      '--pull=never',
      '--layers=false',
      modules,
      '--env=PATH=/usr/local/bin:/bin',
    ];
    await podman.require(['build', ...how, '--format=docker', '--tag', IMAGE, '.']);
  });
  after(() => podman.remove());

  // podman asks for the health by timers of systemd, and complains where there are none.
  const run = (words: readonly string[], ...more: readonly string[]) =>
    podman.run(['run', '--rm', '--no-healthcheck', ...HERE, ...CONFINED, ...more, IMAGE, ...words]);

  /** A folder of files, a configuration and keys, which belong to an ordinary user, and a bucket. */
  async function usePlace(t: TestContext, settings: Readonly<Record<string, unknown>> = {}) {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    workplace.write(
      'office.json',
      JSON.stringify({
        backup: { source_directory: '/srv/office', ...settings },
        s3: { bucket_name: TEST_BUCKET },
        // By a name, which the image must be able to look up.
        aws: { endpoint_url: server.endpoint.replace('127.0.0.1', 'localhost') },
        report: { manifest: true },
      }),
    );
    workplace.write('id', `${server.accessKeyId}\n`);
    workplace.write('key', `${server.secretAccessKey}\n`);
    for (const path of ['source', 'source/a.txt', 'office.json', 'id', 'key'])
      chownSync(join(workplace.cwd, path), USER, USER);
    const mount = (path: string, to: string, how = 'ro') =>
      `--volume=${join(workplace.cwd, path)}:${to}:${how}`;
    const mounts = [
      `--user=${USER}:${USER}`,
      mount('office.json', '/etc/s3-backup/office.json'),
      mount('id', '/run/secrets/access_key_id'),
      mount('key', '/run/secrets/secret_access_key'),
      '--env=backup_aws__access_key_id_file=/run/secrets/access_key_id',
      '--env=backup_aws__secret_access_key_file=/run/secrets/secret_access_key',
    ];
    return { server, client: useBucketClient(t, server), workplace, mount, mounts };
  }

  const RUN = ['run', '--config', '/etc/s3-backup/office.json'];

  it('has no more than a program and a user, and says how it is stopped', async (t) => {
    const [facts] = JSON.parse(await podman.require(['image', 'inspect', IMAGE]));
    const { User, StopSignal, Entrypoint, Env } = facts.Config;
    assert.deepEqual([User, StopSignal], ['65532:65532', 'SIGTERM']);
    assert.deepEqual(Entrypoint, ['/nodejs/bin/node', '/opt/s3-backup/bin/s3-backup.js']);
    assert.doesNotMatch(JSON.stringify(Env), /AWS|SECRET|KEY/);
    const megabytes = facts.Size / 1e6;
    t.diagnostic(`${megabytes.toFixed(1)} MB with Node.js ${process.version}`);
    // Node.js 24 is 109 MB without its symbols, later ones are larger.
    if (Number(process.versions.node.split('.')[0]) <= 24) assert.ok(megabytes <= 120, `${megabytes} MB`);
  });

  it('tells a scanner of which packages its libraries are', async (t) => {
    const { workplace } = await usePlace(t);
    await podman.require(['create', '--name=to-read', IMAGE]);
    await podman.require(['cp', 'to-read:/var/lib/dpkg/status.d', join(workplace.cwd, 'status.d')]);
    await podman.require(['cp', 'to-read:/etc/os-release', join(workplace.cwd, 'os-release')]);
    assert.equal(readFileSync(join(workplace.cwd, 'status.d/libstdc++6'), 'utf8'), 'Package: libstdc++6\n');
    assert.match(readFileSync(join(workplace.cwd, 'os-release'), 'utf8'), /^ID=/m);
  });

  it('has no shell', async () => {
    const { code } = await podman.run(['run', '--rm', ...HERE, '--entrypoint=/bin/sh', IMAGE, '-c', 'true']);
    assert.notEqual(code, 0);
  });

  it('says its version as any user, with a root file system that is read-only', async () => {
    for (const user of ['65532', '4321:4321']) {
      const { code, stdout, stderr } = await run(['--version'], `--user=${user}`);
      assert.deepEqual([code, stdout, stderr], [0, `${VERSION}\n`, '']);
    }
  });

  it('copies a folder that it may only read, with keys in files, and warns of nothing', async (t) => {
    const { client, mounts, mount, workplace } = await usePlace(t);
    const { code, stderr } = await run(RUN, ...mounts, mount('source', '/srv/office'));
    assert.deepEqual([code, stderr], [0, '']);
    const keys = await keysIn(client);
    assert.ok(keys.includes('a.txt'));
    assert.equal(keys.filter((key) => /^\.s3-backup\/runs\/[^/]+$/.test(key)).length, 1);
    assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
  });

  it('moves a folder of its user', async (t) => {
    const { client, mounts, mount, workplace } = await usePlace(t, { delete_after_upload: true });
    const { code, stderr } = await run(RUN, ...mounts, mount('source', '/srv/office', 'rw'));
    assert.equal(code, 0, stderr);
    assert.ok((await keysIn(client)).includes('a.txt'));
    assert.deepEqual(workplace.tree(), {});
  });

  it('is healthy while the run still has what it needs, and only then', async (t) => {
    const { server, mounts, mount } = await usePlace(t);
    const name = 'checked-run';
    const inOrder: (number | null)[] = [];
    const check = async () => {
      inOrder.push((await podman.run(['healthcheck', 'run', name])).code);
      const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
      server.faults.plan({ operation: 'ListObjectsV2', times: Number.POSITIVE_INFINITY, do: denied });
      inOrder.push((await podman.run(['healthcheck', 'run', name])).code);
      await podman.run(['stop', '--time=30', name]);
    };
    server.faults.plan({
      operation: 'PutObject',
      key: 'a.txt',
      do: { kind: 'call', run: () => void check() },
    });
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: { kind: 'stall' } });
    const found = ['--env=backup_config=/etc/s3-backup/office.json', `--name=${name}`];
    const source = mount('source', '/srv/office');
    const { code, stderr } = await podman.run([
      'run',
      '--rm',
      ...HERE,
      ...CONFINED,
      ...found,
      ...mounts,
      source,
      IMAGE,
      'run',
    ]);
    assert.equal(code, 143, stderr);
    assert.deepEqual(inOrder, [0, 1]);
  });

  it('ends its run in order when the container is stopped', async (t) => {
    const { server, mounts, mount } = await usePlace(t);
    const name = 'stopped-run';
    const stop = () => void podman.run(['stop', '--time=30', name]);
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: { kind: 'call', run: stop } });
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: { kind: 'stall' } });
    const { code, stderr } = await run(RUN, `--name=${name}`, ...mounts, mount('source', '/srv/office'));
    assert.equal(code, 143, stderr);
    assert.match(stderr, /SIGTERM/);
  });

  it('is built of nothing that .dockerignore leaves out', () => {
    const kept = [...readFileSync('.dockerignore', 'utf8').matchAll(/^!(.+)$/gm)].map(
      ([, path = '']) => path,
    );
    for (const path of kept) assert.ok(existsSync(path), path);
    assert.match(readFileSync('.dockerignore', 'utf8'), /^\*$/m);
  });
});

function programOf(name: string): string {
  const place = ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (place === undefined) throw new Error(`${name} is not installed, and the image needs it to be built`);
  return place;
}
