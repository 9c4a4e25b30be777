import type { Arena } from './arena.ts';

/** Why the case cannot be had here. */
// biome-ignore lint/suspicious/noConfusingVoidType: most cases return nothing.
export type Preparation = void | string;

/** One way in which files get lost. */
export interface SafetyCase {
  readonly id: string;
  /** For the table. */
  readonly title: string;
  /** A pattern that the tool is told to leave out. */
  readonly exclude?: string;
  /** The tool is started so often, with the same command; the exit code is the last one's. Default 1. */
  readonly runs?: number;
  /** Makes the files and plans what goes wrong. */
  prepare(arena: Arena): Preparation | Promise<Preparation>;
  /** A word for the table instead of `kept`, where nothing was lost. */
  look?(arena: Arena): string | undefined;
}
