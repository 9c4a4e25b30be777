import * as v from 'valibot';

/** Schemas for all options of T. The compiler reports an option that has none. */
export type OptionSchemas<T> = { readonly [Name in keyof Required<T>]: v.GenericSchema };

/** Makes a schema accept undefined, too. */
export const optional = (schema: v.GenericSchema): v.GenericSchema => v.optional(schema);

export const nonEmptyString = v.pipe(
  v.string('a string that is not empty'),
  v.nonEmpty('a string that is not empty'),
);
export const string = v.string('a string');
export const strings = v.array(v.string('a list of strings'), 'a list of strings');
export const stringsByName = v.record(v.string(), v.string('a string'), 'an object of strings');
export const boolean = v.boolean('true or false');
/** Accepts NaN and numbers that are out of range: a later check refuses them and names the range. */
export const number = v.custom<number>((value) => typeof value === 'number', 'a number');
export const seconds = v.custom<number>(
  (value) => typeof value === 'number' && value >= 0,
  'a number of seconds, 0 or more',
);
export const size = v.custom<number>(
  (value) => typeof value === 'number' && value >= 0,
  'a number of bytes, 0 or more',
);
export const callback = v.function('a function');
export const object = v.custom<object>((value) => typeof value === 'object' && value !== null, 'an object');

export function oneOf(values: readonly string[]): v.GenericSchema {
  return v.picklist(values, values.length > 1 ? `${values.slice(0, -1).join(', ')} or ${values.at(-1)}` : '');
}

/** Makes a schema for an object of any class with these methods and fields. */
export function objectWith(names: readonly string[], what: string): v.GenericSchema {
  return v.custom<object>(
    (value) => typeof value === 'object' && value !== null && names.every((name) => name in value),
    what,
  );
}

/** A schema for a stream, a generator or another async iterable. The type of its chunks is not checked. */
export const bytes = v.custom<AsyncIterable<Uint8Array>>(
  (value) => typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === 'function',
  'a stream or another async iterable',
);

/** Makes a schema for an object with these options and no others. */
export const objectOf = <T>(schemas: OptionSchemas<T>): v.GenericSchema =>
  v.strictObject(schemas, 'an object');
