import assert from 'node:assert/strict';
import { chownSync, mkdirSync } from 'node:fs';
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
    workplace.write('a b.c.yaml', CONFIG);
    assert.equal(await nameOf(['--config', 'a b.c.yaml']), 's3-backup-a-b-c');
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
});
