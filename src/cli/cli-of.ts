import { Cli, type Command, type CommandClass } from 'clipanion';
import { VERSION } from '../core/version.ts';
import type { CliContext } from './context.ts';

/** Registers commands with clipanion. It takes 13 ms of CPU for one command with one path, 40 ms for all. */
export function cliOf(commands: readonly CommandClass<CliContext>[]): Cli<CliContext> {
  const cli = new Cli<CliContext>({ binaryName: 's3-backup', binaryVersion: VERSION, enableColors: false });
  for (const command of commands) cli.register(command);
  return cli;
}

/** A command that is registered under one path only. */
export function withPath(command: CommandClass<CliContext>, path: string[]): CommandClass<CliContext> {
  // The compiler only needs to know that the class can be instantiated.
  return class extends (command as new () => Command<CliContext> & { execute(): Promise<number> }) {
    static paths = [path];
  };
}
