import type { Reason, Selected } from '../flow/item.ts';

const LINKS = {
  follow: 'what a link points to is not deleted',
  store: 'links are not deleted',
} as const;

/** Why a run with deletion keeps a file here, whatever is proved of it; undefined if it does not. */
export function neverDeleted({
  link,
  isRuleFile,
}: Pick<Selected, 'link' | 'isRuleFile'>): Reason | undefined {
  if (link) return { code: 'SYMBOLIC_LINK', reason: LINKS[link] };
  if (!isRuleFile) return undefined;
  return { code: 'RULE_FILE', reason: 'without its rules the next run would take what they leave out' };
}
