import type { Reason, Selected } from '../flow/item.ts';

const LINKS = {
  follow: 'the target of a link is not deleted',
  store: 'links are not deleted',
} as const;

/** Reason why a run with deletion keeps a file, even if it is proved; undefined if it may delete the file. */
export function neverDeleted({
  link,
  isRuleFile,
}: Pick<Selected, 'link' | 'isRuleFile'>): Reason | undefined {
  if (link) return { code: 'SYMBOLIC_LINK', reason: LINKS[link] };
  if (!isRuleFile) return undefined;
  return {
    code: 'RULE_FILE',
    reason: 'without its rules the next run would back up the files that they exclude',
  };
}
