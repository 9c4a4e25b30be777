/** A word that may stand at the cursor. */
export interface Candidate {
  readonly value: string;
  /** One line about it. */
  readonly about?: string | undefined;
}
