/** Parts of one size that follow each other. */
export interface EqualParts {
  readonly count: number;
  /** Bytes. */
  readonly size: number;
}

/** Sizes of the parts of an upload: one size in bytes for all but the last, or stretches of equal parts. */
export type PartLayout = number | readonly EqualParts[];

/** Size of a part in bytes, which the last part of all may fall short of. @param index From 0. */
export function sizeOfPart(layout: PartLayout, index: number): number {
  if (typeof layout === 'number') return layout;
  let before = 0;
  for (const { count, size } of layout) {
    before += count;
    if (index < before) return size;
  }
  return layout.at(-1)?.size ?? Number.POSITIVE_INFINITY;
}
