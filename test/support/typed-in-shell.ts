import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareEnvironment, type Workplace } from './cli-context.ts';

/** How each shell is started without a user's settings, and made to know the completion. */
const STARTS = {
  bash: ['bash --norc --noprofile -i', 'PS1="READY> "; source <(s3-backup completion bash)'],
  zsh: [
    'zsh -f -i',
    'PS1="READY> "; autoload -Uz compinit && compinit -u -D; source <(s3-backup completion zsh)',
  ],
  fish: [
    'fish --no-config -i',
    'function fish_prompt; echo -n "READY> "; end; s3-backup completion fish | source',
  ],
  powershell: [
    'pwsh -NoLogo -NoProfile',
    'function prompt { "READY> " }; s3-backup completion powershell | Out-String | Invoke-Expression',
  ],
} as const;

export type TestedShell = keyof typeof STARTS;

/** Why a shell cannot be tested here; false if it can. */
export function lacksShell(shell: TestedShell): string | false {
  const [program = ''] = STARTS[shell][0].split(' ');
  const missing = [program, 'script'].find((name) => spawnSync('which', [name]).status !== 0);
  return missing === undefined ? false : `${missing} is not installed`;
}

/**
 * Types lines at a terminal into a shell that has the completion, and returns the arguments that the program would have got
 * from each. In a line, a tab is the Tab key.
 *
 * @param bin Path of the program.
 */
export async function typedIn(
  shell: TestedShell,
  lines: readonly string[],
  { bin, workplace, env }: { bin: string; workplace: Workplace; env: NodeJS.ProcessEnv },
): Promise<(readonly string[])[]> {
  const folder = join(workplace.root, 'shell-bin');
  const record = join(workplace.root, 'record');
  mkdirSync(folder, { recursive: true });
  // Completion asks the real program; every other call is recorded.
  const stub = join(folder, 's3-backup');
  writeFileSync(
    stub,
    `#!/bin/sh\n[ "$1" = completion ] && exec '${process.execPath}' '${bin}' "$@"\nprintf '%s\\0' "$@" > '${record}.new'\nmv '${record}.new' '${record}'\n`,
  );
  chmodSync(stub, 0o755);
  const [start, setup] = STARTS[shell];
  const child = spawn('script', ['-qec', start, '/dev/null'], {
    cwd: workplace.cwd,
    env: {
      ...bareEnvironment(workplace.home),
      ...env,
      PATH: `${folder}:${process.env.PATH}`,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      SHELL: '/bin/sh',
    },
  });
  try {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const until = async (isSo: () => boolean) => {
      for (const end = Date.now() + 60_000; !isSo(); ) {
        if (Date.now() > end) throw new Error(`${shell} does not go on after ${JSON.stringify(output)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await until(() => output !== '');
    child.stdin.write(`${setup}\r`);
    await until(() => /(?<!")READY> (?!")/.test(output));
    const calls = [];
    for (const line of lines) {
      child.stdin.write(`${line}\r`);
      await until(() => existsSync(record));
      calls.push(readFileSync(record, 'utf8').split('\0').slice(0, -1));
      rmSync(record);
    }
    return calls;
  } finally {
    child.kill('SIGKILL');
    child.stdin.destroy();
  }
}
