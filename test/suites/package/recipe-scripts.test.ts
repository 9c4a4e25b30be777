import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { useReceiver } from '../../support/receiver.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder } from '../../support/tree.ts';

/** The blocks of a document that have a marker, by its name. */
function marked(file: string, kind: string, language: string): Map<string, string> {
  const form = new RegExp(`<!-- ${kind}: (\\w+) -->\\n\\n\`\`\`${language}\\n(.*?)\`\`\``, 'gs');
  return new Map(
    [...readFileSync(file, 'utf8').matchAll(form)].map(([, name = '', text = '']) => [name, text]),
  );
}

const scripts = marked('docs/recipes.md', 'script', 'sh');
const webhooks = marked('docs/notify.md', 'webhook', 'yaml');

/** Programs that a script of a snapshot calls. Each notes its words; what asks whether a snapshot is there finds one. */
const PROGRAMS = ['lvcreate', 'lvremove', 'lvs', 'mount', 'umount', 'mountpoint', 'mkdir', 'btrfs', 'zfs'];

function useScript(t: TestContext, name: string, failing = '') {
  const folder = useFolder(t);
  const file = join(folder, 'snapshot');
  // btrfs asks the file system itself.
  const text = (scripts.get(name) ?? '').replaceAll('/srv/.office-snapshot', folder);
  writeFileSync(file, text, { mode: 0o755 });
  for (const program of PROGRAMS) {
    const path = join(folder, program);
    const code = program === failing ? 5 : 0;
    writeFileSync(path, `#!/bin/sh\necho "${program} $*" >> "${folder}/calls"\nexit ${code}\n`);
    chmodSync(path, 0o755);
  }
  return (word: string) => {
    writeFileSync(join(folder, 'calls'), '');
    const { status } = spawnSync('sh', [file, word], { env: { PATH: `${folder}:${process.env.PATH}` } });
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    return { status, calls: calls.map((call) => call.replaceAll(folder, '/srv/.office-snapshot')) };
  };
}

test('every script of docs/recipes.md is one of the shell', () => {
  assert.deepEqual([...scripts.keys()], ['lvm', 'btrfs', 'zfs', 'dump']);
  for (const [name, text] of scripts) {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, ''], name);
  }
});

const RELEASED: Readonly<Record<string, readonly string[]>> = {
  lvm: [
    'mountpoint -q /mnt/office-snapshot',
    'umount /mnt/office-snapshot',
    'lvs vg0/office-backup',
    'lvremove --yes vg0/office-backup',
  ],
  btrfs: ['btrfs subvolume delete /srv/.office-snapshot'],
  zfs: ['zfs list -t snapshot tank/office@s3-backup', 'zfs destroy tank/office@s3-backup'],
};
const MADE: Readonly<Record<string, readonly string[]>> = {
  lvm: [
    'lvcreate --snapshot --size 5G --name office-backup vg0/office',
    'mkdir -p /mnt/office-snapshot',
    'mount -o ro /dev/vg0/office-backup /mnt/office-snapshot',
  ],
  btrfs: ['btrfs subvolume snapshot -r /srv/office /srv/.office-snapshot'],
  zfs: ['zfs snapshot tank/office@s3-backup'],
};

for (const name of Object.keys(RELEASED)) {
  test(`the script for ${name} first releases what an earlier run left, then makes the snapshot, and releases it`, (t) => {
    const run = useScript(t, name);
    const released = RELEASED[name] ?? [];
    assert.deepEqual(run('make'), { status: 0, calls: [...released, ...(MADE[name] ?? [])] });
    assert.deepEqual(run('release'), { status: 0, calls: released });
    assert.equal(run('else').status, 64);
  });
}

test('the script for LVM fails if the snapshot cannot be made or mounted, and says so by its exit code', (t) => {
  for (const program of ['lvcreate', 'mount']) assert.equal(useScript(t, 'lvm', program)('make').status, 5);
});

for (const [name, yaml] of webhooks)
  test(`the recipe for ${name} is a configuration that sends a body of JSON`, async (t) => {
    const server = await useS3Server(t);
    const receiver = await useReceiver(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const text = yaml.replace(/https:\/\/[^/]+\//, `${receiver.url}/`);
    assert.notEqual(text, yaml);
    workplace.write('config.yaml', `${text}  on: always\nbackup:\n  source_directory: source\n`);
    const { code, stderr } = await runCli(workplace, ['--config', 'config.yaml'], {
      env: serverEnvironment(server),
    });
    assert.deepEqual([code, stderr], [0, '']);
    const [request] = receiver.received;
    assert.equal(request?.headers['content-type'], 'application/json');
    const body = JSON.stringify(JSON.parse(request?.body ?? ''));
    assert.match(body, /1 of 1 file verified/);
    assert.doesNotMatch(body, /\{\{|\}\}(?!\]|\}|,|$)/);
  });

test('the recipes for ntfy, Slack, Teams and Discord are tested', () => {
  assert.deepEqual([...webhooks.keys()], ['ntfy', 'slack', 'teams', 'discord']);
});
