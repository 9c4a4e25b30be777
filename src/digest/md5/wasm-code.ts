/**
 * As much of WebAssembly's binary format as one function of vector arithmetic needs:
 * https://webassembly.github.io/spec/core/binary/
 */

/**
 * Bytes of a module; of instructions, those of the operands come first. They are nested until a length is needed, since
 * flat lists would be copied at each level.
 */
export type Code = number | readonly Code[];

function appendTo(bytes: number[], code: readonly Code[]): number[] {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else appendTo(bytes, part);
  }
  return bytes;
}

/** LEB128 of a whole number, 0 to 2^31 - 1. */
function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

/** LEB128 of a signed 32-bit number. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? value & 0x7f : [(value & 0x7f) | 0x80, signed(value >> 7)];
}

function sized(code: Code): Code {
  const bytes = appendTo([], [code]);
  return [unsigned(bytes.length), bytes];
}

const list = (entries: readonly Code[]): Code => [unsigned(entries.length), entries];
const section = (id: number, entries: readonly Code[]): Code => [id, sized(list(entries))];
const name = (text: string): Code => sized([...Buffer.from(text)]);

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;

export interface LoneFunction {
  /** Parameters, each an i32: locals 0 and up. */
  readonly parameters: number;
  /** Vectors, the locals after the parameters. */
  readonly vectors: number;
  readonly body: Code;
  /** Size of the memory, in pages of 64 KiB. It cannot grow. */
  readonly pages: number;
}

/** A module that exports its one function as `run` and its memory as `memory`. */
export function moduleOf({ parameters, vectors, body, pages }: LoneFunction): Uint8Array {
  const type = [0x60, list(Array(parameters).fill(I32)), list([])];
  const locals = list([[unsigned(vectors), V128]]);
  const module = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [type]),
    section(3, [0]),
    section(5, [[1, unsigned(pages), unsigned(pages)]]),
    section(7, [
      [name('run'), 0, 0],
      [name('memory'), 2, 0],
    ]),
    section(10, [sized([locals, body, END])]),
  ];
  return Uint8Array.from(appendTo([], module));
}

export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
/** Sets a local and leaves its value. */
export const tee = (local: number, value: Code): Code => [value, 0x22, unsigned(local)];

export const i32 = (value: number): Code => [0x41, signed(value)];
export const addI32 = (a: Code, b: Code): Code => [a, b, 0x6a];
/** Runs the body, and again as long as the condition is not 0 after it. */
export const repeatWhile = (body: Code, condition: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, END];

const vector = (opcode: number, ...operands: readonly Code[]): Code => [operands, 0xfd, unsigned(opcode)];
/** Of addresses that are multiples of 2^4. */
const aligned = (offset: number): Code => [4, unsigned(offset)];

export const load = (address: Code, offset: number): Code => [vector(0x00, address), aligned(offset)];
export const store = (address: Code, offset: number, value: Code): Code => [
  vector(0x0b, address, value),
  aligned(offset),
];
/** Four of the eight 32-bit words of a (0 to 3) and b (4 to 7). */
export const shuffle = (a: Code, b: Code, words: readonly number[]): Code => [
  vector(0x0d, a, b),
  words.map((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte)),
];
export const splat = (value: number): Code => vector(0x11, i32(value));
export const and = (a: Code, b: Code): Code => vector(0x4e, a, b);
/** a & ~b */
export const andNot = (a: Code, b: Code): Code => vector(0x4f, a, b);
export const or = (a: Code, b: Code): Code => vector(0x50, a, b);
export const xor = (a: Code, b: Code): Code => vector(0x51, a, b);
/** Bits of a where the mask has ones, of b elsewhere. */
export const select = (a: Code, b: Code, mask: Code): Code => vector(0x52, a, b, mask);
export const shiftLeft = (a: Code, bits: number): Code => vector(0xab, a, i32(bits));
export const shiftRight = (a: Code, bits: number): Code => vector(0xad, a, i32(bits));
export const add = (a: Code, b: Code): Code => vector(0xae, a, b);
export const subtract = (a: Code, b: Code): Code => vector(0xb1, a, b);
