import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import { ReportFile } from '../../report/write-report.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../output/printable.ts';
import { writeText } from '../output/write-text.ts';

/** The files that a command makes of its input, or stdout in the place of one. */
export class MadeOutputs {
  readonly #context: Pick<CliContext, 'cwd' | 'stdout'>;
  readonly #input: string;
  readonly #files = new Map<string, ReportFile>();
  readonly #names = new Map<string, string>();

  /** @param input Absolute path of the input, which no output may replace. */
  constructor(context: Pick<CliContext, 'cwd' | 'stdout'>, input: string) {
    this.#context = context;
    this.#input = input;
  }

  /**
   * Makes sure that an output can be written.
   *
   * @param flag Flag that names it.
   * @param name A path, `-` for stdout, or undefined for no output.
   * @throws BackupError `BAD_OPTION`, `REPORT_NOT_WRITABLE`
   */
  open(flag: string, name: string | undefined): void {
    if (name === undefined) return;
    const { cwd } = this.#context;
    const path = name === '-' ? name : resolve(cwd, name);
    if (path !== '-') requireApart(this.#input, path, flag);
    for (const [other, taken] of this.#names)
      if (path === (taken === '-' ? taken : resolve(cwd, taken)))
        throw new BackupError('BAD_OPTION', `${other} and ${flag} both write to ${printable(name)}.`);
    this.#names.set(flag, name);
    if (path !== '-') this.#files.set(flag, new ReportFile(path, flag));
  }

  /** Writes the output of a flag. A line on stdout says so, unless an output itself is there. */
  async write(flag: string, text: Iterable<string>): Promise<void> {
    const { stdout } = this.#context;
    const file = this.#files.get(flag);
    if (file === undefined) return writeText(stdout, text);
    this.#files.delete(flag);
    file.write(text);
    const isStdoutTaken = [...this.#names.values()].includes('-');
    if (!isStdoutTaken) stdout.write(`Written: ${printable(this.#names.get(flag) ?? '')}\n`);
  }

  /** Gives up the outputs that were not written. */
  end(): void {
    for (const file of this.#files.values()) file.discard();
    this.#files.clear();
  }
}

/** Makes sure that an output does not take the place of the input. @throws BackupError `BAD_OPTION` */
function requireApart(input: string, output: string, flag: string): void {
  const [a, b] = [input, output].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (a?.isFile() && a.dev === b?.dev && a.ino === b.ino)
    throw new BackupError('BAD_OPTION', `${flag} names the report itself.`, { hint: 'Name another file.' });
}
