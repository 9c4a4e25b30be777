/** A lifecycle rule that aborts uploads which are not finished in time. */
export interface AbortRule {
  /** Of the keys that it is about. */
  readonly prefix: string;
  /** After an upload was begun. */
  readonly days: number;
}

/** The rule that aborts first of those that are about every key below a prefix. */
export function abortRuleFor(rules: readonly AbortRule[], prefix: string): AbortRule | undefined {
  const covering = rules.filter((rule) => prefix.startsWith(rule.prefix));
  return covering.sort((a, b) => a.days - b.days)[0];
}
