import { type ParseArgsConfig, parseArgs } from 'node:util';

type OptionConfig = NonNullable<ParseArgsConfig['options']>[string];

/** An option of a bench, with the line that `--help` shows. */
export interface BenchOption extends OptionConfig {
  /** Placeholder of the value, such as `FOLDER`; not for switches. */
  readonly value?: string;
  readonly help: string;
}

export interface CommandLineInfo<T extends Record<string, BenchOption>> {
  /** How it is started, such as `npm run bench -- [options]`. */
  readonly usage: string;
  /** What is measured, and how. */
  readonly about: string;
  /** How long it takes. */
  readonly time: string;
  readonly options: T;
}

const WIDTH = 100;
/** Exit code for a wrong option. */
const WRONG = 2;

/**
 * Parses the command line of this process. Prints the help and ends with code 0 if `--help` is among the options; ends
 * with code 2 and a message if an option is unknown or lacks its value.
 */
export function commandLine<T extends Record<string, BenchOption>>(
  info: CommandLineInfo<T>,
  args: readonly string[] = process.argv.slice(2),
): ReturnType<typeof parseArgs<{ options: T }>> {
  if (args.includes('--help')) {
    process.stdout.write(helpOf(info));
    process.exit(0);
  }
  try {
    return parseArgs({ args: [...args], options: info.options });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nusage: ${info.usage}; --help tells more\n`);
    process.exit(WRONG);
  }
}

function helpOf({ usage, about, time, options }: CommandLineInfo<Record<string, BenchOption>>): string {
  const named = Object.entries<BenchOption>(options).map(([name, option]) => {
    const shown = option.value === undefined ? `--${name}` : `--${name} ${option.value}`;
    const standard = typeof option.default === 'string' ? ` (default ${option.default})` : '';
    return [shown, `${option.help}${standard}`] as const;
  });
  const all = [...named, ['--help', 'print this text'] as const];
  const column = Math.max(...all.map(([shown]) => shown.length)) + 4;
  const lines = all.map(([shown, help]) => `  ${shown}`.padEnd(column) + wrapped(help, column));
  const parts = [usage, wrapped(about, 0), `Time: ${wrapped(time, 6)}`, `Options:\n${lines.join('\n')}`];
  return `${parts.join('\n\n')}\n`;
}

/** Breaks a text into lines; those behind the first are indented. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}
