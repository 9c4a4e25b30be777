import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { useBackedUp } from '../../support/backed-up.ts';
import { useProgram } from '../../support/program.ts';
import { lacksShell, type TestedShell, typedIn } from '../../support/typed-in-shell.ts';

const program = useProgram();

const SHELLS: readonly TestedShell[] = ['bash', 'zsh', 'fish', 'powershell'];

/** Keys that shells read as something else, but for quotes: what is typed of each, and the key. */
const KEYS: readonly (readonly [typed: string, key: string])[] = [
  ['pl', 'plain/one.txt'],
  ['two', 'two words/three more words.txt'],
  ["'two w", 'two words/three more words.txt'],
  ['"it\'s/', "it's/here's.txt"],
  ['sa', 'say "so"/"so".txt'],
  ['col', 'colon:ed/at 12:30.txt'],
  ["'colon:ed/at 1", 'colon:ed/at 12:30.txt'],
  ['equal=s/a=', 'equal=s/a=b.txt'],
  ['do', 'dollar$HOME/$(id) `id`.txt'],
  ["'dollar$", 'dollar$HOME/$(id) `id`.txt'],
  ['gr', 'größe/über.txt'],
  ['ba', 'back#and&or;pipe|/(x)<y>.txt'],
  ['ti', 'tilde~/~!.txt'],
  ['/pl', '/plain/one.txt'],
];

const LINES: readonly Case[] = [
  ['stat\t--write\t', ['status', '--write-probe']],
  ['--storage-class GLACIER_\t', ['--storage-class', 'GLACIER_IR']],
  ['--storage-class=GLACIER_\t', ['--storage-class=GLACIER_IR']],
  ['restore --run lat\t', ['restore', '--run', 'latest']],
  ['ls --profile wo\t', ['ls', '--profile', 'work']],
  ['ls --profile=wo\t', ['ls', '--profile=work']],
  ['-c conf\t', ['-c', 'config file.yaml']],
  ['--config=conf\t', ['--config=config file.yaml']],
  ['run --source sou\t', ['run', '--source', 'source/']],
  ['run --source photos=sou\t', ['run', '--source', 'photos=source/']],
];

/** Tries of a line: on a busy machine the bucket may need longer to answer than a completion waits. */
const TRIES = 3;

type Case = readonly [line: string, words: readonly string[]];

/** Types each line until the program gets the words that are expected, at most {@link TRIES} times. */
async function checkLines(
  shell: TestedShell,
  cases: readonly Case[],
  surroundings: Parameters<typeof typedIn>[2],
): Promise<void> {
  let open = cases;
  const found = new Map<Case, readonly string[]>();
  for (let tries = TRIES; open.length > 0 && tries > 0; tries -= 1) {
    const calls = await typedIn(
      shell,
      open.map(([line]) => `s3-backup ${line}`),
      surroundings,
    );
    for (const [index, each] of open.entries()) found.set(each, calls[index] ?? []);
    open = open.filter((each) => !isDeepStrictEqual(found.get(each), each[1]));
  }
  assert.deepEqual(
    open.map((each) => [each[0], found.get(each)]),
    [],
  );
}

for (const shell of SHELLS) {
  describe(`the completion of ${shell}`, { skip: lacksShell(shell) }, () => {
    it('completes commands, options, their values and names of local files', async (t) => {
      const { workplace, env } = await useBackedUp(t, {}, 'not-yet');
      workplace.write('config file.yaml', '');
      workplace.write('aws-config', '[default]\n[profile work]\n[sso-session worker]\n');
      // At the end of a word zsh takes the slash away again.
      const cases = shell === 'zsh' ? LINES.map(withoutSlash) : LINES;
      const surroundings = { bin: program.bin, workplace, env: { ...env, AWS_CONFIG_FILE: 'aws-config' } };
      await checkLines(shell, cases, surroundings);
    });

    it('completes keys, whatever characters they have', async (t) => {
      const { workplace, env, put } = await useBackedUp(t, {}, 'not-yet');
      for (const [, key] of KEYS) await put(key.replace(/^\//, ''), 'x');
      const cases = KEYS.map(([typed, key]): Case => [`ls ${typed}\t\t`, ['ls', key]]);
      await checkLines(shell, cases, { bin: program.bin, workplace, env });
    });
  });
}

function withoutSlash([line, words]: Case): Case {
  return [line, words.map((word) => word.replace(/\/$/, ''))];
}
