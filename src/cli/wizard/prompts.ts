/** A question whose answer is a line of text. */
export interface TextQuestion {
  readonly message: string;
  /** The answer that is taken if the user types none. Default: the user has to type one. */
  readonly initial?: string | undefined;
  /** An example, shown while nothing is typed. */
  readonly example: string;
  /** Reason why a text cannot be the answer; undefined if it can. */
  readonly problem: (text: string) => string | undefined;
}

/** Reason why a text cannot be the answer of a question; undefined if it can. */
export function problemOf({ initial, problem }: TextQuestion, text: string): string | undefined {
  return text === '' && initial === undefined ? 'an answer is needed' : problem(text);
}

/** One of the answers of a `ChoiceQuestion`. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  /** One line about it. */
  readonly hint?: string | undefined;
}

/** A question with a few answers. */
export interface ChoiceQuestion {
  readonly message: string;
  readonly choices: readonly Choice[];
  /** The value that is taken if the user chooses none. Default: the first. */
  readonly initial?: string | undefined;
}

/** Asks the user. Every method throws `Cancelled`. */
export interface Prompts {
  /** Whether lines that are on the screen can be replaced. */
  readonly isLive: boolean;
  /** What each line between the questions begins with. */
  readonly margin: string;
  /** Writes the first line. */
  begin(title: string): void;
  text(question: TextQuestion): Promise<string>;
  /** @returns the value of a choice */
  choose(question: ChoiceQuestion): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
  /** Writes the last line, and gives the terminal back. */
  end(text: string): void;
}

/** The user has ended the questions. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  readonly exitCode: number;

  /** @param exitCode 130 after Ctrl-C, 1 if the input ended. */
  constructor(exitCode: number) {
    super('The questions were not answered.');
    this.exitCode = exitCode;
  }
}
