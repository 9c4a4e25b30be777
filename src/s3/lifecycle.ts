/** A lifecycle rule that aborts uploads which are not finished in time. */
export interface AbortRule {
  /** Prefix of the keys that the rule covers. */
  readonly prefix: string;
  /** Days after the begin of an upload when it is aborted. */
  readonly days: number;
}

/** Finds the rule that aborts first, of those that cover every key below a prefix. */
export function abortRuleFor(rules: readonly AbortRule[], prefix: string): AbortRule | undefined {
  const covering = rules.filter((rule) => prefix.startsWith(rule.prefix));
  return covering.sort((a, b) => a.days - b.days)[0];
}
