/** What the bench accepts as a run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Client, Task } from '../../../bench/speed/client.ts';
import { dataSet } from '../../../bench/speed/data-set.ts';
import { runSection, type SectionResult } from '../../../bench/speed/run-section.ts';
import type { Section } from '../../../bench/speed/section.ts';
import { sectionText } from '../../../bench/speed/section-text.ts';

const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'no curl is installed';

let folder: string;
let target: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-test-'));
  target = join(folder, 'target');
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A client whose work is a script for a shell; `$0` is its folder, `$1` the endpoint. */
function scripted(id: string, task: Task, script: string, isOurs = false): Client {
  return {
    ...{ id, title: id, task, isOurs, shown: id, version: ['true'] },
    command: ({ folder: own, endpoint }) => ({ file: 'sh', args: ['-ec', script, own, endpoint] }),
  };
}

const UPLOAD = 'cd "$0"; find . -type f | cut -c 3- | while read -r f; do curl -sfT "$f" "$1/bench/$f"; done';
const RESTORE =
  'curl -sf "$1/bench?list-type=2" | grep -o "<Key>[^<]*" | cut -c 6- | while read -r k; do mkdir -p "$0/$(dirname "$k")"; curl -sf "$1/bench/$k" -o "$0/$k"; done';
const uploader = scripted('copy', 'copy', UPLOAD, true);

function run(clients: readonly Client[], direction: Section['direction']): Promise<SectionResult> {
  const section: Section = {
    ...{ id: 'small', set: dataSet('small', 0.0001), direction, latencyMs: 0, isTls: false, fileSystemMs: 0 },
    ...{ cores: 1, clients: clients.map(({ id }) => id), runs: 1, hasWarmUp: false },
  };
  const pinning = { client: undefined, sink: undefined };
  return runSection(section, {
    ...{ clients, uploader, folder, target, pinning, profiles: undefined, say: () => {} },
  });
}

const failures = ({ runs }: SectionResult) =>
  Object.fromEntries([...runs].map(([{ id }, [first]]) => [id, first?.failure]));

test('a run of ours that fails ends the bench with its message', async () => {
  const broken = scripted('ours', 'copy', 'echo "BAD_OPTION: it is wrong" >&2; exit 3', true);
  await assert.rejects(run([broken], 'upload'), /ours failed: exit 3[\s\S]*BAD_OPTION: it is wrong/);
  const lazy = scripted('ours', 'copy', 'true', true);
  await assert.rejects(run([lazy], 'upload'), /ours failed: 0 objects of 2/);
});

test('a run of another program that fails is in the table with its message', { skip }, async () => {
  const broken = scripted('theirs', 'copy', 'echo "no such bucket" >&2; exit 1');
  const result = await run([broken, uploader], 'upload');
  assert.deepEqual(failures(result), { theirs: 'exit 1: no such bucket', copy: undefined });
  assert.match(sectionText(result, 'x'), /\| theirs \(\*\*1 of 1 failed\*\*: exit 1: no such bucket\) \|/);
});

test('a restore counts only if every file has the content that was uploaded', { skip }, async () => {
  const result = await run(
    [
      scripted('good', 'restore', RESTORE),
      scripted('short', 'restore', `${RESTORE}; rm "$0/0000/file-0000001.bin"`),
      scripted('other', 'restore', `${RESTORE}; printf x | dd of="$0/0000/file-0000001.bin" conv=notrunc`),
    ],
    'restore',
  );
  const { good, short, other } = failures(result);
  assert.equal(good, undefined);
  assert.equal(short, '1 files of 2');
  assert.equal(other, '0000/file-0000001.bin has another content');
  assert.deepEqual(readdirSync(target), [], 'what was restored is removed');
});
