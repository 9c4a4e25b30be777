import * as v from 'valibot';

/** What each option has to be. An option that is added to the type and not here is an error of the compiler. */
export type Form<T> = { readonly [Name in keyof Required<T>]: v.GenericSchema };

/** May be left out. */
export const maybe = (schema: v.GenericSchema): v.GenericSchema => v.optional(schema);

export const text = v.pipe(v.string('a text that is not empty'), v.nonEmpty('a text that is not empty'));
export const anyText = v.string('a text');
export const texts = v.array(v.string('a list of texts'), 'a list of texts');
export const textsByName = v.record(v.string(), v.string('a text'), 'an object of texts');
export const truth = v.boolean('true or false');
/** NaN, too: what is out of range is said with the range. */
export const number = v.custom<number>((value) => typeof value === 'number', 'a number');
export const seconds = v.custom<number>(
  (value) => typeof value === 'number' && value >= 0,
  'a number of seconds, 0 or more',
);
export const size = v.custom<number>(
  (value) => typeof value === 'number' && value >= 0,
  'a number of bytes, 0 or more',
);
export const call = v.function('a function');
export const object = v.custom<object>((value) => typeof value === 'object' && value !== null, 'an object');

export function oneOf(values: readonly string[]): v.GenericSchema {
  return v.picklist(values, values.length > 1 ? `${values.slice(0, -1).join(', ')} or ${values.at(-1)}` : '');
}

/** An object with at least these methods or fields, of whatever class. */
export function objectWith(names: readonly string[], what: string): v.GenericSchema {
  return v.custom<object>(
    (value) => typeof value === 'object' && value !== null && names.every((name) => name in value),
    what,
  );
}

/** A stream, a generator, ... */
export const bytes = v.custom<AsyncIterable<Uint8Array>>(
  (value) => typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === 'function',
  'a stream, or something else to be iterated with for await',
);

/** An object with these options and no other. */
export const fields = <T>(form: Form<T>): v.GenericSchema => v.strictObject(form, 'an object');
