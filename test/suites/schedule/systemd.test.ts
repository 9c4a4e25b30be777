/** What the command `schedule` installs, in a real manager of systemd. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { DAYS } from '../../../src/cli/schedule/every.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { useWorkplace } from '../../support/cli-context.ts';
import { NOBODY } from '../../support/nobody.ts';
import { useProgram } from '../../support/program.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { NO_SYSTEMD, useSystemd } from '../../support/systemd.ts';

const program = useProgram();

/** A folder that is not in /tmp, of which a service has its own. */
const OUTSIDE = '/var/lib';

/** A folder to move to a server, a configuration with credentials in files, and a manager that can run it. */
async function usePlace(t: TestContext, folder = 'source', inside = tmpdir()) {
  const [server, systemd] = [await useS3Server(t), await useSystemd(t)];
  const client = useBucketClient(t, server);
  const workplace = useWorkplace(t, {}, inside);
  const source = join(workplace.cwd, folder);
  mkdirSync(source, { recursive: true });
  workplace.write(join(folder, 'a.txt'), 'a');
  workplace.write('id', `${server.accessKeyId}\n`);
  workplace.write('key', `${server.secretAccessKey}\n`);
  const configure = (more: Readonly<Record<string, unknown>> = {}) =>
    workplace.write(
      'office.json',
      JSON.stringify({
        backup: { source_directory: source, delete_after_upload: true },
        s3: { bucket_name: TEST_BUCKET },
        aws: {
          endpoint_url: server.endpoint,
          access_key_id_file: 'id',
          secret_access_key_file: 'key',
        },
        report: { manifest: true, output_json: 'out/report.json' },
        ...more,
      }),
    );
  configure();
  mkdirSync(join(workplace.cwd, 'out'));
  const run = (words: readonly string[]) => systemd.run(words, { cwd: workplace.cwd });
  const bin = inside === OUTSIDE ? copyOfProgram(workplace.root) : program.bin;
  const schedule = (...words: readonly string[]) => run([process.execPath, bin, 'schedule', ...words]);
  const install = (...words: readonly string[]) =>
    schedule('--config', 'office.json', '--every', '02:15', '--install', '--with', 'systemd', ...words);
  const property = async (unit: string, name: string) =>
    (await run(['systemctl', 'show', unit, `--property=${name}`, '--value'])).stdout.trim();
  return { server, client, workplace, source, systemd, configure, run, schedule, install, property };
}

/** Copies the program, without the packages that it was built of, to a folder. Returns the path of its file. */
function copyOfProgram(folder: string): string {
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(dirname(program.bin), '..', part), join(folder, 'program', part), { recursive: true });
  return join(folder, 'program/bin/s3-backup.js');
}

const SERVICE = 's3-backup-office.service';
const TIMER = 's3-backup-office.timer';

describe('a schedule in systemd', { skip: NO_SYSTEMD }, () => {
  it('moves the folder as a confined service, with keys that systemd has read for it', async (t) => {
    const { client, workplace, source, systemd, run, schedule, install, property } = await usePlace(
      t,
      'source',
      OUTSIDE,
    );
    const { code, stdout, stderr } = await install();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Installed \/etc\/systemd\/system\/s3-backup-office\.service and .*\.timer\n/);
    assert.match(
      (await schedule('status')).stdout,
      /^s3-backup-office {2}\(timer of the system, .*\n {2}next {2}\w{3} 20.*\n {2}last {2}never\n$/,
    );
    assert.deepEqual(await keysIn(client), []);
    const started = await run(['systemctl', 'start', SERVICE]);
    assert.deepEqual([started.code, started.stderr], [0, ''], systemd.log());
    const keys = await keysIn(client);
    assert.equal(keys.filter((key) => /^\.s3-backup\/runs\/[^/]+$/.test(key)).length, 1);
    assert.ok(keys.includes('a.txt'));
    assert.equal(existsSync(join(source, 'a.txt')), false);
    const report = JSON.parse(workplace.read('out/report.json'));
    assert.equal(report.exit_code, 0);
    assert.match((await schedule('status')).stdout, /\n {2}last {2}\w{3} 20.*, exit code 0\n$/);
    assert.deepEqual(
      await Promise.all(['ProtectSystem', 'PrivateTmp', 'Result'].map((name) => property(SERVICE, name))),
      ['strict', 'yes', 'success'],
    );
  });

  it('has its keys in a folder of systemd, and cannot write outside of the source and the folders of its outputs', async (t) => {
    const { server, workplace, run, install, systemd } = await usePlace(t, 'source', OUTSIDE);
    await install();
    mkdirSync(join(workplace.cwd, 'elsewhere'));
    const script =
      'cat $$CREDENTIALS_DIRECTORY/aws_access_key_id > out/id; echo x > out/in; echo x > source/in; echo x > elsewhere/out; echo x > /usr/out; true';
    const dropIn = `[Service]\nExecStart=\nExecStart=/bin/sh -c "${script}"\n`;
    const folder = `/etc/systemd/system/${SERVICE}.d`;
    await systemd.run([
      'sh',
      '-c',
      `mkdir ${folder} && printf '%s' '${dropIn}' > ${folder}/x.conf && systemctl daemon-reload`,
    ]);
    const { code, stderr } = await run(['systemctl', 'start', SERVICE]);
    assert.equal(code, 0, stderr + systemd.log());
    const found = ['out/in', 'source/in', 'elsewhere/out', '/usr/out'].map((path) =>
      existsSync(path.startsWith('/') ? path : join(workplace.cwd, path)),
    );
    rmSync('/usr/out', { force: true });
    assert.deepEqual(found, [true, true, false, false]);
    assert.equal(workplace.read('out/id'), `${server.accessKeyId}\n`, systemd.log());
  });

  it('may write reports of a copy to a folder of another user, and read files of all users', async (t) => {
    const { workplace, source, configure, run, install, systemd } = await usePlace(t, 'source', OUTSIDE);
    configure({ backup: { source_directory: source } });
    chownSync(join(workplace.cwd, 'out'), NOBODY, NOBODY);
    for (const path of [join(source, 'a.txt'), source]) {
      chownSync(path, NOBODY, NOBODY);
      chmodSync(path, path === source ? 0o700 : 0o600);
    }
    assert.equal((await install()).code, 0);
    const { code } = await run(['systemctl', 'start', SERVICE]);
    assert.equal(code, 0, systemd.log());
    assert.equal(JSON.parse(workplace.read('out/report.json')).counts.kept, 1);
  });

  it('is failed after a run in which a file failed, and says so', async (t) => {
    const { server, systemd, run, install, schedule, property } = await usePlace(t);
    await install();
    server.faults.plan({
      operation: 'PutObject',
      key: 'a.txt',
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    assert.notEqual((await run(['systemctl', 'start', SERVICE])).code, 0);
    assert.deepEqual(
      [await property(SERVICE, 'Result'), await property(SERVICE, 'ExecMainStatus')],
      ['exit-code', '2'],
      systemd.log(),
    );
    assert.match((await schedule('status')).stdout, /\n {2}last {2}\w{3} 20.*, exit code 2\n$/);
  });

  it('is not failed after it was stopped', async (t) => {
    const { server, systemd, run, install, property, source } = await usePlace(t);
    await install();
    const stop = () => void run(['systemctl', 'stop', '--no-block', SERVICE]);
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: { kind: 'call', run: stop } });
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: { kind: 'delay', ms: 1_000 } });
    await run(['systemctl', 'start', SERVICE]);
    // The job to start it ends when the one to stop it comes; this one ends when the service has.
    await run(['systemctl', 'stop', SERVICE]);
    assert.deepEqual(
      [await property(SERVICE, 'Result'), await property(SERVICE, 'ExecMainStatus')],
      ['success', '143'],
      systemd.log() + (await run(['systemctl', 'show', SERVICE])).stdout,
    );
    assert.ok(existsSync(source));
  });

  it('reads paths with spaces, %, $ and quotes as they are', async (t) => {
    const odd = `a b/100 %n $HOME "q" 'q' #;\\x`;
    const { client, workplace, run, schedule, property, systemd } = await usePlace(t, odd);
    const config = `100 %n $HOME \${HOME} "q".json`;
    workplace.write(config, workplace.read('office.json'));
    const words = ['--config', config, '--name', 'office', '--every', '02:15', '--with', 'systemd'];
    assert.equal((await schedule(...words, '--install')).code, 0);
    const { code, stderr } = await run(['systemctl', 'start', SERVICE]);
    assert.equal(code, 0, stderr + systemd.log());
    assert.ok((await keysIn(client)).includes('a.txt'));
    assert.match(await property(SERVICE, 'Description'), /100 %n \$HOME "q" 'q' #;\\x to s3:/);
  });

  it('installed twice is as installed once; another time takes effect; removed, it is gone', async (t) => {
    const { schedule, install, systemd, property } = await usePlace(t);
    const units = () =>
      systemd.run(['sh', '-c', 'cd /etc/systemd/system && ls -R && cat s3-backup*.service s3-backup*.timer']);
    await install();
    const once = await units();
    assert.equal((await install()).code, 0);
    assert.deepEqual(await units(), once);
    assert.equal(
      (await schedule('--config', 'office.json', '--every', '6h', '--install', '--with', 'systemd')).code,
      0,
    );
    assert.match(await property(TIMER, 'TimersCalendar'), /00\/6:00:00/);
    assert.equal(await property(TIMER, 'ActiveState'), 'active');
    const removed = await schedule('--remove');
    assert.deepEqual([removed.code, removed.stdout], [0, 'Removed s3-backup-office\n']);
    assert.doesNotMatch((await units()).stdout, /s3-backup/);
    assert.match((await schedule('status')).stderr, /There is no schedule of s3-backup on this machine\./);
  });

  it('says when the run began last before the machine was started', async (t) => {
    const { schedule, systemd } = await usePlace(t);
    // As the timer of an earlier boot has left it.
    const stamps = '"$HOME/.local/share/systemd/timers"';
    await systemd.run(['sh', '-c', `mkdir -p ${stamps} && touch -d '1 minute ago' ${stamps}/stamp-${TIMER}`]);
    const inThreeDays = `${DAYS[(new Date().getDay() + 3) % 7]} 02:15`;
    await schedule('--config', 'office.json', '--every', inThreeDays, '--install', '--with', 'systemd');
    const { stdout } = await schedule('status');
    assert.match(stdout, /\n {2}last {2}\w{3} 20.*, before the machine was started\n$/);
  });

  it('of a user runs, too', async (t) => {
    const { client, run, install } = await usePlace(t);
    const { code, stdout, stderr } = await install('--user');
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /\/\.config\/systemd\/user\/s3-backup-office\.service and .*\nIt runs while you are logged in/,
    );
    assert.equal((await run(['systemctl', 'start', SERVICE])).code, 0);
    assert.ok((await keysIn(client)).includes('a.txt'));
  });
});
