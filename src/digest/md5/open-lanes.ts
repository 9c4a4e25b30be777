import { Lanes } from './lanes.ts';

/** Cache: the compiled lanes. Each call of them is complete in itself, so every run can use them. */
let opened: { readonly lanes: Lanes | undefined } | undefined;

/** The lanes of this thread, compiled at the first call; undefined where WebAssembly or its SIMD is missing. */
export function openLanes(): Lanes | undefined {
  opened ??= { lanes: tryLanes(() => new Lanes()) };
  return opened.lanes;
}

/** Whatever is wrong with WebAssembly here, node:crypto does without it. */
export function tryLanes(make: () => Lanes): Lanes | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
