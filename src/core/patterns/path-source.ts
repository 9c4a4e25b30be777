import type { BraceBudget } from './expand-braces.ts';
import { firstSource, segmentSource } from './segment-source.ts';
import { type Glob, isGlobstar, isSlash, splitAt } from './token.ts';

const SLASH = '\\/';

/** Sources of regular expressions for whole paths. */
interface PathSources {
  /** What a glob matches, and all that is below it. */
  readonly whole: string;
  /** Only what is below. */
  readonly below: string;
}

/** A glob that matches paths without what is below them, in two parts. */
interface ExactSources {
  /** Matches the beginning of a path, up to and including the slash before `tail`. */
  readonly head: string;
  /** Matches the last segments. */
  readonly tail: string;
  /** Number of segments that `tail` matches; undefined if it follows `head` in one expression. */
  readonly tailSegments: number | undefined;
}

/**
 * Translates a glob. Its expressions take time in proportion to it and the path, however many `**` there are: segments
 * that follow one are looked for at the first place where they fit, and nowhere else.
 *
 * @param glob Its braces hold no slash and no `**`.
 * @param isAnchored Whether it begins at the top of the path; else it does so at any segment.
 * @throws PatternError
 */
export function pathSources(glob: Glob, isAnchored: boolean, budget: BraceBudget): PathSources {
  const [top = [], ...blocks] = blocksOf(glob, isAnchored, budget);
  const floating = blocks.filter((block) => block.length > 0).map((block) => block.join(SLASH));
  // The engine finds a lone block in half the time of an expression that walks from segment to segment.
  const isLone = top.length === 0 && floating.length === 1;
  const found = isLone ? floating : floating.map((block) => firstSource(`[^/]*${SLASH}`, block));
  const steps = [...top, ...found];
  const start = (isLone ? `(?:^|${SLASH})` : '^') + steps.join(SLASH);
  // `a/**` is what is in the folder `a`, not a file of that name.
  if (blocks.at(-1)?.length !== 0) return { whole: `${start}(?:${SLASH}.|$)`, below: `${start}${SLASH}.` };
  const inside = steps.length === 0 ? start : start + SLASH;
  return { whole: `${inside}.`, below: `${inside}[^/]+${SLASH}.` };
}

/**
 * Translates a glob that does not match what is below a path. The segments after its last `**` are the last ones of the path: the
 * first place where they fit need not be the end.
 *
 * @param glob Has no braces.
 * @param isAnchored Whether it begins at the top of the path; else it does so at any segment.
 * @throws PatternError
 */
export function exactSources(glob: Glob, isAnchored: boolean, budget: BraceBudget): ExactSources {
  const [top = [], ...blocks] = blocksOf(glob, isAnchored, budget);
  const tail = blocks.pop();
  const found = blocks
    .filter((block) => block.length > 0)
    .map((block) => firstSource(`[^/]*${SLASH}`, block.join(SLASH)));
  const head = `^${[...top, ...found].map((step) => step + SLASH).join('')}`;
  if (tail === undefined) return { head: '^', tail: `${top.join(SLASH)}$`, tailSegments: undefined };
  if (tail.length === 0) return { head, tail: '.', tailSegments: undefined };
  return { head, tail: `^${tail.join(SLASH)}$`, tailSegments: tail.length };
}

/** The sources of the segments before, between and after the `**`. The first block is tied to the top of the path. */
function blocksOf(glob: Glob, isAnchored: boolean, budget: BraceBudget): string[][] {
  const blocks: string[][] = isAnchored ? [[]] : [[], []];
  for (const segment of splitAt(glob, isSlash)) {
    const [token, ...others] = segment;
    if (token && isGlobstar(token) && others.length === 0) blocks.push([]);
    else blocks.at(-1)?.push(segmentSource(segment, budget));
  }
  return blocks;
}
