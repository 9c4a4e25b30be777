import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCli, useWorkplace, type Workplace } from '../../../support/cli-context.ts';

const CONFIG = `
backup: {source_directory: source, delete_after_upload: true}
s3: {bucket_name: b, prefix: office/}
aws: {region: eu-central-1}
`;

function useConfig(t: TestContext, more = ''): Workplace {
  const workplace = useWorkplace(t);
  workplace.write('office.yaml', CONFIG + more);
  return workplace;
}

const SCHEDULE = ['schedule', '--config', 'office.yaml', '--every', '02:15'];

describe('schedule', () => {
  it('prints a service and a timer that run the configuration by absolute paths, and installs nothing', async (t) => {
    const workplace = useConfig(t);
    const { code, stdout, stderr } = await runCli(workplace, [...SCHEDULE, '--with', 'systemd']);
    assert.deepEqual([code, stderr], [0, '']);
    const { cwd, source } = workplace;
    assert.match(stdout, /^# \/etc\/systemd\/system\/s3-backup-office\.service\n/);
    for (const line of [
      `ExecStart=${process.execPath} ${join(process.cwd(), 'bin/s3-backup.js')} run --config ${join(cwd, 'office.yaml')}`,
      `WorkingDirectory=${cwd}`,
      // The source is in /tmp, so /tmp is that of the system.
      `ReadWritePaths=-${source} -/tmp`,
      'OnCalendar=*-*-* 02:15:00',
      'RandomizedDelaySec=900',
      'Persistent=true',
    ])
      assert.ok(stdout.includes(`\n${line}\n`), line);
    assert.deepEqual(workplace.names(), ['office.yaml', 'source']);
  });

  it('lets a copy write to the folders of its outputs only', async (t) => {
    const workplace = useConfig(
      t,
      'report: {output_json: /var/x/r.json}\nlogging: {log_file: /var/log/y/l}\n',
    );
    workplace.write('office.yaml', workplace.read('office.yaml').replace('true', 'false'));
    const { stdout } = await runCli(workplace, [...SCHEDULE, '--with', 'systemd']);
    assert.match(stdout, /\nReadWritePaths=-\/var\/log\/y -\/var\/x -\/tmp\n/);
    assert.ok(stdout.includes(`\nReadOnlyPaths=-${workplace.source}\n`));
    assert.match(stdout, /\nCapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE\n/);
  });

  it('has systemd read the files of credentials, and prints no secret', async (t) => {
    const workplace = useConfig(t);
    workplace.write('id', 'AKIAID');
    workplace.write('key', 'the-secret-key');
    const files = 'aws: {region: r, access_key_id_file: id, secret_access_key_file: key}';
    workplace.write('office.yaml', CONFIG.replace(/aws: .*/, files));
    for (const scheduler of ['systemd', 'cron', 'launchd']) {
      const { code, stdout } = await runCli(workplace, [...SCHEDULE, '--with', scheduler]);
      assert.equal(code, 0);
      assert.doesNotMatch(stdout, /the-secret-key|AKIAID/);
      const loads = stdout.includes(`\nLoadCredential=aws_secret_access_key:${workplace.cwd}/key\n`);
      assert.equal(loads, scheduler === 'systemd');
    }
  });

  it('prints units of a user for the folder of the user, without the parts of the sandbox that need root', async (t) => {
    const workplace = useConfig(t);
    const { stdout } = await runCli(workplace, [...SCHEDULE, '--with', 'systemd', '--user']);
    assert.ok(stdout.startsWith(`# ${workplace.home}/.config/systemd/user/s3-backup-office.service\n`));
    assert.doesNotMatch(stdout, /Protect|Private|CapabilityBoundingSet|ReadWritePaths/);
    assert.match(stdout, /\nNoNewPrivileges=yes\n/);
  });

  it('is refused if a setting comes from the environment, which the schedule does not have', async (t) => {
    const workplace = useConfig(t);
    const env = { AWS_SECRET_ACCESS_KEY: 'the-secret-key', AWS_ACCESS_KEY_ID: 'AKIA', AWS_REGION: 'x' };
    const { code, stdout, stderr } = await runCli(workplace, SCHEDULE, { env });
    assert.match(
      stderr,
      /environment of this shell: aws\.access_key_id \(AWS_ACCESS_KEY_ID\), .*aws\.region \(AWS_REGION\)\. \[BAD_OPTION\]\n.*aws\.secret_access_key_file/,
    );
    assert.deepEqual([code, stdout], [1, '']);
    assert.doesNotMatch(stderr, /the-secret-key/);
  });

  it('reads .env of the current folder, in which the schedule runs, too', async (t) => {
    const workplace = useConfig(t);
    workplace.write('.env', 'AWS_ACCESS_KEY_ID=A\nAWS_SECRET_ACCESS_KEY=B\n');
    assert.equal((await runCli(workplace, SCHEDULE)).code, 0);
  });

  it('takes its name from the configuration or from --name', async (t) => {
    const workplace = useConfig(t);
    workplace.write('.backuprc', CONFIG);
    const nameOf = async (argv: readonly string[]) => {
      const { stdout } = await runCli(workplace, ['schedule', '--every', '6h', '--with', 'cron', ...argv]);
      return /^# (s3-backup\S*) 6h$/m.exec(stdout)?.[1];
    };
    assert.equal(await nameOf([]), 's3-backup');
    assert.equal(await nameOf(['--config', 'office.yaml']), 's3-backup-office');
    assert.equal(await nameOf(['--name', 'night']), 's3-backup-night');
    assert.equal(await nameOf(['--name', 's3-backup-night']), 's3-backup-night');
    workplace.write('a b.c.yaml', CONFIG);
    assert.equal(await nameOf(['--config', 'a b.c.yaml']), 's3-backup-a-b-c');
  });

  it('uses a variable of this shell that has the value of the file, or of .env', async (t) => {
    const workplace = useConfig(t);
    workplace.write('.env', 'AWS_ACCESS_KEY_ID=A\nAWS_SECRET_ACCESS_KEY=B\n');
    const same = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'B' };
    const run = (env: NodeJS.ProcessEnv) => runCli(workplace, [...SCHEDULE, '--with', 'cron'], { env });
    const { code, stderr } = await run(same);
    assert.deepEqual([code, stderr], [0, '']);
    const other = await run({ ...same, AWS_REGION: 'us-east-1' });
    assert.match(
      other.stderr,
      /this shell: aws\.region \(AWS_REGION\)\. \[BAD_OPTION\]\n.*\/office\.yaml\. Or .*: unset AWS_REGION\n$/,
    );
    assert.equal(other.code, 1);
  });

  it('names the variables that a configuration needs to be valid', async (t) => {
    const workplace = useConfig(t, 'report: {output_json: /x/r.json}\n');
    workplace.write('office.yaml', CONFIG.replace('source_directory: source, ', ''));
    const env = { backup_backup__source_directory: 'source' };
    const { code, stderr } = await runCli(workplace, SCHEDULE, { env });
    assert.match(stderr, /backup\.source_directory \(backup_backup__source_directory\)\. \[BAD_OPTION\]/);
    assert.equal(code, 1);
  });

  it('has systemd read a file of credentials whose content this shell has, too', async (t) => {
    const workplace = useConfig(t);
    workplace.write('id', 'A');
    workplace.write('key', 'B');
    const files = 'aws: {region: r, access_key_id_file: id, secret_access_key_file: key}';
    workplace.write('office.yaml', CONFIG.replace(/aws: .*/, files));
    const env = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'B' };
    const { stdout } = await runCli(workplace, [...SCHEDULE, '--with', 'systemd'], { env });
    assert.ok(stdout.includes(`\nLoadCredential=aws_secret_access_key:${workplace.cwd}/key\n`));
  });

  const REFUSED: readonly (readonly [string, RegExp])[] = [
    ['schedule', /schedule needs --every, such as --every 02:15; or status, or --remove\./],
    ['schedule --install', /schedule needs --every/],
    ['schedule status --every 02:15', /status, --every and --remove exclude each other\./],
    ['schedule start', /"start" is nothing that schedule can do; give status, --every, or --remove\./],
    ['schedule --every 02:15 --with at', /--with is "at"; use systemd, cron, launchd\./],
    ['schedule --every 02:15 --with cron --user', /a crontab always belongs to the user/],
    ['schedule --every 02:15 --name a/b', /--name is "a\/b"; use letters/],
    ['schedule --every 02:15 --with launchd --install', /--install is for systemd and cron\./],
    ['schedule status --with launchd', /status and --remove are for systemd and cron\./],
    ['schedule --remove --with at', /--with is "at"; use systemd, cron, launchd\./],
    ['schedule --every 02:15 --config none', /no such file.*CONFIG_NOT_FOUND/],
  ];
  for (const [line, expected] of REFUSED)
    it(`refuses \`${line}\``, async (t) => {
      const workplace = useConfig(t);
      const argv = line.split(' ');
      const config =
        line.includes('--config') || !line.includes('--every 0') ? [] : ['--config', 'office.yaml'];
      const { code, stderr } = await runCli(workplace, [...argv, ...config]);
      assert.match(stderr, expected);
      assert.equal(code, 1);
    });

  it('needs a configuration file, a source and a bucket', async (t) => {
    const workplace = useWorkplace(t);
    const run = () => runCli(workplace, ['schedule', '--every', '02:15']);
    assert.match((await run()).stderr, /^s3-backup: No source folder was given\. No bucket was given\./);
    workplace.write('.env', 'S3_BUCKET_NAME=b\nbackup_backup__source_directory=source\n');
    assert.match(
      (await run()).stderr,
      /^s3-backup: No configuration file was found, and a schedule needs one\./,
    );
  });

  it('fails with a message if systemctl or crontab is missing or refuses', async (t) => {
    const workplace = useConfig(t);
    mkdirSync(join(workplace.root, 'bin'));
    const env = { PATH: join(workplace.root, 'bin'), XDG_CONFIG_HOME: workplace.home };
    const install = (argv: readonly string[]) =>
      runCli(workplace, [...SCHEDULE, '--install', ...argv], { env });
    assert.match(
      (await install(['--with', 'systemd', '--user'])).stderr,
      /^s3-backup: systemctl cannot be started: .*\[SCHEDULE_FAILED\]\n/,
    );
    workplace.write('../bin/crontab', '#!/bin/sh\necho "you may not" >&2\nexit 1\n', 0o755);
    const { code, stderr } = await install(['--with', 'cron']);
    assert.match(stderr, /^s3-backup: crontab -l: you may not \[SCHEDULE_FAILED\]\n/);
    assert.equal(code, 1);
  });

  it('overwrites no unit that it has not written, nor that of another configuration', async (t) => {
    const workplace = useConfig(t);
    const unit = 'units/systemd/user/s3-backup-office.service';
    const env = { XDG_CONFIG_HOME: join(workplace.cwd, 'units'), PATH: '' };
    for (const [text, why] of [
      ['[Service]\n', /was not written by s3-backup schedule\. /],
      ['# Written by s3-backup schedule for /etc/other.yaml\n', /is that of \/etc\/other\.yaml\. /],
    ] as const) {
      workplace.write(unit, text);
      const { code, stderr } = await runCli(
        workplace,
        [...SCHEDULE, '--user', '--with', 'systemd', '--install'],
        { env },
      );
      assert.match(stderr, why);
      assert.match(stderr, /\[SCHEDULE_FAILED\]\n {2}Choose another name with --name\./);
      assert.deepEqual([code, workplace.read(unit)], [1, text]);
    }
  });

  it('has root start nothing that another user can change', {
    skip: process.geteuid?.() !== 0,
  }, async (t) => {
    const workplace = useConfig(t);
    const { program } = await import('../../../support/cli-context.ts');
    const entry = workplace.write('s3-backup.js', '', 0o755);
    chownSync(entry, 65_534, 65_534);
    const { code, stderr } = await runCli(workplace, [...SCHEDULE, '--with', 'systemd', '--install'], {
      program: { ...program, entry },
    });
    assert.match(
      stderr,
      /^s3-backup: Root would start what another user can change: .*belongs to user 65534/,
    );
    assert.equal(code, 1);
  });

  describe('where systemctl and crontab are scripts', () => {
    const UNITS = ['s3-backup-office.service', 's3-backup-office.timer'];
    /** Answers `systemctl` with a script, and keeps a crontab in a file. */
    function useTools(t: TestContext, systemctl: string) {
      const workplace = useConfig(t);
      const env = { PATH: `${join(workplace.root, 'bin')}:/usr/bin:/bin`, XDG_CONFIG_HOME: workplace.home };
      const answer = (script: string) => workplace.write('../bin/systemctl', `#!/bin/sh\n${script}\n`, 0o755);
      answer(systemctl);
      const file = join(workplace.root, 'crontab');
      const cron = `if [ "$1" = -l ]; then cat ${file}; else cat > ${file}.new; mv ${file}.new ${file}; fi`;
      workplace.write('../crontab', '');
      workplace.write('../bin/crontab', `#!/bin/sh\n${cron}\n`, 0o755);
      const schedule = (...words: readonly string[]) => runCli(workplace, ['schedule', ...words], { env });
      const install = (...words: readonly string[]) => schedule(...SCHEDULE.slice(1), '--install', ...words);
      const unit = (name: string) => join('../home/systemd/user', name);
      const units = () => UNITS.filter((name) => existsSync(join(workplace.cwd, unit(name))));
      const read = () => UNITS.map((name) => workplace.read(unit(name)));
      return { workplace, answer, schedule, install, units, read };
    }
    const NOT_BOOTED = 'echo "System has not been booted with systemd" >&2; exit 1';
    const TIMER = ['--with', 'systemd', '--user'];

    it('writes nothing if systemd does not run', async (t) => {
      const { workplace, install } = useTools(t, NOT_BOOTED);
      const { code, stderr } = await install(...TIMER);
      assert.match(
        stderr,
        /^s3-backup: systemctl --user show .*: System has not been booted with systemd \[SCHEDULE_FAILED\]\n {2}Nothing was written\. .*--with cron\.\n$/,
      );
      assert.equal(code, 1);
      assert.equal(existsSync(join(workplace.home, 'systemd')), false);
    });

    it('takes back what it has written if systemctl fails later', async (t) => {
      const fails = 'case "$*" in *restart*) echo "no timer for you" >&2; exit 1;; esac';
      const { answer, install, units, read } = useTools(t, fails);
      const { code, stderr } = await install(...TIMER);
      assert.match(stderr, /restart s3-backup-office\.timer: no timer for you \[SCHEDULE_FAILED\]/);
      assert.deepEqual([code, units()], [1, []]);
      answer('exit 0');
      assert.equal((await install(...TIMER)).code, 0);
      const before = read();
      answer(fails);
      assert.equal((await install(...TIMER, '--every', '03:45')).code, 1);
      assert.deepEqual(read(), before);
    });

    it('shows the schedule of the crontab if systemctl cannot be asked about the other', async (t) => {
      const { answer, install, schedule } = useTools(t, 'exit 0');
      await install(...TIMER);
      await install('--with', 'cron');
      answer(NOT_BOOTED);
      const all = await schedule('status');
      assert.match(
        all.stdout,
        /^s3-backup-office {2}\(crontab of this user, .*\n {2}next .*\n {2}last .*\n$/,
      );
      assert.match(
        all.stderr,
        /^s3-backup: s3-backup-office \(timer of this user\) is not shown: .*not been booted with systemd\n$/,
      );
      assert.equal(all.code, 0);
      const cron = await schedule('status', '--with', 'cron');
      assert.deepEqual([cron.code, cron.stdout, cron.stderr], [0, all.stdout, '']);
      const timer = await schedule('status', '--with', 'systemd');
      assert.deepEqual([timer.code, timer.stdout], [1, '']);
      assert.match(timer.stderr, /not been booted with systemd \[SCHEDULE_FAILED\]/);
    });

    it('removes one of two schedules of the same name by --with', async (t) => {
      const { install, schedule, units, workplace } = useTools(t, 'exit 0');
      await install(...TIMER);
      await install('--with', 'cron');
      for (const name of [[], ['--name', 'office'], ['--name', 's3-backup-office']]) {
        const { code, stderr } = await schedule('--remove', ...name);
        assert.match(
          stderr,
          /several: s3-backup-office \(timer of this user; --with systemd --user\), s3-backup-office \(crontab of this user; --with cron\)\./,
        );
        assert.equal(code, 1);
      }
      const removed = await schedule('--remove', '--with', 'cron', '--name', 's3-backup-office');
      assert.deepEqual([removed.code, removed.stdout], [0, 'Removed s3-backup-office\n']);
      assert.deepEqual([workplace.read('../crontab'), units()], ['', UNITS]);
      assert.equal((await schedule('--remove', '--with', 'systemd')).code, 0);
      assert.deepEqual(units(), []);
    });

    it('names --name for schedules of different names', async (t) => {
      const { install, schedule } = useTools(t, 'exit 0');
      await install(...TIMER);
      await install('--with', 'cron', '--name', 'night');
      assert.match(
        (await schedule('--remove')).stderr,
        /s3-backup-office \(timer of this user; --name s3-backup-office\), s3-backup-night \(crontab of this user; --name s3-backup-night\)\./,
      );
      assert.equal((await schedule('--remove', '--name', 's3-backup-night')).code, 0);
    });
  });
});
