import {
  add,
  addI32,
  and,
  andNot,
  type Code,
  get,
  i32,
  load,
  moduleOf,
  or,
  repeatWhile,
  select,
  set,
  shiftLeft,
  shiftRight,
  shuffle,
  splat,
  store,
  subtract,
  tee,
  xor,
} from './wasm-code.ts';

/** 32-bit lanes of a vector. */
export const GROUP = 4;
/**
 * Vectors that are hashed side by side, so that one computes while the other waits for its last result. Three groups
 * are little faster and seldom full; the state of four does not fit 16 registers (docs/performance.md).
 */
const GROUPS = 2;
/** Bodies that are hashed at once. */
export const LANES = GROUPS * GROUP;

/** The memory begins with MD5's a, b, c and d of the first group, a vector each, then those of the second. */
export const VECTOR = 16;
export const STATE_BYTES = GROUPS * GROUP * VECTOR;

interface Round {
  readonly shifts: readonly number[];
  /** Which of a block's 16 words a step takes, modulo 16. */
  readonly wordOf: (step: number) => number;
  /** The sum and RFC 1321's F, G, H or I. */
  readonly mix: (sum: Code, b: Code, c: Code, d: Code) => Code;
  /** Added to the steps' constants. */
  readonly correction: number;
}

const ROUNDS: readonly Round[] = [
  {
    shifts: [7, 12, 17, 22],
    wordOf: (step) => step,
    mix: (sum, b, c, d) => add(sum, select(c, d, b)),
    correction: 0,
  },
  {
    shifts: [5, 9, 14, 20],
    wordOf: (step) => 5 * step + 1,
    // Two sums instead of an `or`: the sum without b, the result of the step before, need not wait for b.
    mix: (sum, b, c, d) => add(add(sum, andNot(c, d)), and(b, d)),
    correction: 0,
  },
  {
    shifts: [4, 11, 16, 23],
    wordOf: (step) => 3 * step + 5,
    mix: (sum, b, c, d) => add(sum, xor(xor(c, d), b)),
    correction: 0,
  },
  {
    shifts: [6, 10, 15, 21],
    wordOf: (step) => 7 * step,
    // c ^ (b | ~d) is ~(c ^ (d & ~b)), and adding ~x is subtracting x and 1: an instruction less.
    mix: (sum, b, c, d) => subtract(sum, xor(andNot(d, b), c)),
    correction: -1,
  },
];

/** Locals of one group. */
interface Group {
  readonly pointers: readonly number[];
  readonly state: readonly number[];
  readonly before: readonly number[];
  readonly words: readonly number[];
  readonly spare: readonly number[];
}

/** The module whose `run(blocks, pointer of lane 0, ...)` hashes so many blocks, at least 1, of every lane. */
export function lanesModule(pages: number): Uint8Array {
  const pointers = Array.from({ length: LANES }, (_, lane) => 1 + lane);
  let next = 1 + LANES;
  const locals = (count: number) => Array.from({ length: count }, () => next++);
  const groups = Array.from({ length: GROUPS }, (_, g): Group => {
    const own = pointers.slice(g * GROUP, (g + 1) * GROUP);
    return { pointers: own, state: locals(4), before: locals(4), words: locals(16), spare: locals(8) };
  });
  const state = groups.flatMap((group) => group.state);
  const before = groups.flatMap((group) => group.before);
  const block = [
    groups.map(gatherWords),
    before.map((local, n) => set(local, get(at(state, n)))),
    Array.from({ length: 64 }, (_, i) => groups.map((group) => step(group, i))),
    state.map((local, n) => set(local, add(get(local), get(at(before, n))))),
    pointers.map((pointer) => set(pointer, addI32(get(pointer), i32(64)))),
  ];
  const body = [
    state.map((local, n) => set(local, load(i32(0), n * VECTOR))),
    repeatWhile(block, tee(0, addI32(get(0), i32(-1)))),
    state.map((local, n) => store(i32(0), n * VECTOR, get(local))),
  ];
  return moduleOf({ parameters: 1 + LANES, vectors: next - 1 - LANES, body, pages });
}

/** Transposes the lanes' next blocks. A load for each word and lane is shorter code, and slower (docs/performance.md). */
function gatherWords({ pointers, words, spare }: Group): Code {
  const rows = spare.slice(0, 4);
  const pairs = spare.slice(4);
  const [row0, row1, row2, row3] = rows.map(get) as [Code, Code, Code, Code];
  const [low01, low23, high01, high23] = pairs.map(get) as [Code, Code, Code, Code];
  const pairUp = [
    shuffle(row0, row1, [0, 4, 1, 5]),
    shuffle(row2, row3, [0, 4, 1, 5]),
    shuffle(row0, row1, [2, 6, 3, 7]),
    shuffle(row2, row3, [2, 6, 3, 7]),
  ];
  const columns = [
    shuffle(low01, low23, [0, 1, 4, 5]),
    shuffle(low01, low23, [2, 3, 6, 7]),
    shuffle(high01, high23, [0, 1, 4, 5]),
    shuffle(high01, high23, [2, 3, 6, 7]),
  ];
  return [0, 4, 8, 12].map((first) => [
    rows.map((row, lane) => set(row, load(get(at(pointers, lane)), first * 4))),
    pairs.map((pair, n) => set(pair, at(pairUp, n))),
    columns.map((column, n) => set(at(words, first + n), column)),
  ]);
}

/** a = b + ((a + mix(b, c, d) + word + constant) <<< shift), after which a, b, c and d change places. */
function step({ state, words, spare }: Group, i: number): Code {
  const { shifts, wordOf, mix, correction } = at(ROUNDS, i >> 4);
  const [a, b, c, d] = [0, 1, 2, 3].map((n) => at(state, (n - i) & 3)) as [number, number, number, number];
  const constant = Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) + correction;
  const plain = add(add(get(a), get(at(words, wordOf(i) & 15))), splat(constant | 0));
  const shift = at(shifts, i & 3);
  const sum = at(spare, 0);
  const rotated = or(
    shiftLeft(tee(sum, mix(plain, get(b), get(c), get(d))), shift),
    shiftRight(get(sum), 32 - shift),
  );
  return set(a, add(rotated, get(b)));
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
