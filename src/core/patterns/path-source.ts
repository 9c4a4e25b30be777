import type { BraceBudget } from './expand-braces.ts';
import { firstSource, segmentSource } from './segment-source.ts';
import { type Glob, isGlobstar, isSlash, splitAt } from './token.ts';

const SLASH = '\\/';

/** Sources of regular expressions for whole paths. */
interface PathSources {
  /** Matches the paths of the glob and everything below them. */
  readonly whole: string;
  /** Matches only what is below them. */
  readonly below: string;
}

/** The regular expressions, in two parts, of a glob that does not match what is below its paths. */
interface ExactSources {
  /** Matches the beginning of a path, up to and including the slash before `tail`. */
  readonly head: string;
  /** Matches the last segments. */
  readonly tail: string;
  /** Number of segments that `tail` matches; undefined if it follows `head` in one expression. */
  readonly tailSegments: number | undefined;
}

/**
 * Translates a glob to regular expressions. They take time proportional to the glob and the path, with any number of `**`: the
 * segments that follow a `**` are matched at the first place where they fit, and nowhere else.
 *
 * @param glob Its braces contain neither a slash nor `**`.
 * @param isAnchored Whether the glob must match from the beginning of the path; otherwise it may begin at any segment.
 * @throws PatternError
 */
export function pathSources(glob: Glob, isAnchored: boolean, budget: BraceBudget): PathSources {
  const [top = [], ...blocks] = blocksOf(glob, isAnchored, budget);
  const floating = blocks.filter((block) => block.length > 0).map((block) => block.join(SLASH));
  // The engine finds a single block in half the time of an expression that advances from segment to segment.
  const isLone = top.length === 0 && floating.length === 1;
  const found = isLone ? floating : floating.map((block) => firstSource(`[^/]*${SLASH}`, block));
  const steps = [...top, ...found];
  const start = (isLone ? `(?:^|${SLASH})` : '^') + steps.join(SLASH);
  // `a/**` matches what is in the folder `a`, not a file of that name.
  if (blocks.at(-1)?.length !== 0) return { whole: `${start}(?:${SLASH}.|$)`, below: `${start}${SLASH}.` };
  const inside = steps.length === 0 ? start : start + SLASH;
  return { whole: `${inside}.`, below: `${inside}[^/]+${SLASH}.` };
}

/**
 * Translates a glob that does not match what is below its paths. The segments after its last `**` must be the last ones of the
 * path, but the first place where they fit need not be there; so they are a part of their own.
 *
 * @param glob Has no braces.
 * @param isAnchored Whether the glob must match from the beginning of the path; otherwise it may begin at any segment.
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

/**
 * Translates the segments before, between and after the `**` of a glob. The first block is tied to the beginning of the path.
 */
function blocksOf(glob: Glob, isAnchored: boolean, budget: BraceBudget): string[][] {
  const blocks: string[][] = isAnchored ? [[]] : [[], []];
  for (const segment of splitAt(glob, isSlash)) {
    const [token, ...others] = segment;
    if (token && isGlobstar(token) && others.length === 0) blocks.push([]);
    else blocks.at(-1)?.push(segmentSource(segment, budget));
  }
  return blocks;
}
