import { Option as ClipanionOption, UsageError } from 'clipanion';

/** What clipanion makes of an option before it reads the command line; its types show the value only. */
interface OptionSpec {
  transformer(builder: unknown, key: string, state: ParsedWords, context: unknown): unknown;
}

interface ParsedWords {
  readonly options: readonly { readonly name: string; readonly value: unknown }[];
}

/**
 * clipanion's options. If one is given several times, clipanion silently takes the last. Here an option with a value
 * is refused the second time, and a switch if it is given together with its opposite. Options made with `Array` repeat.
 *
 * @throws UsageError when the command line is read
 */
export const Option: typeof ClipanionOption = {
  ...ClipanionOption,
  String: checked(ClipanionOption.String, (name, values) => {
    if (values.length > 1) throw new UsageError(`option "${name}" is given twice; it takes one value`);
  }),
  Boolean: checked(ClipanionOption.Boolean, (name, values) => {
    if (new Set(values).size > 1)
      throw new UsageError(`option "${name}" and its opposite are both given; keep one of them`);
  }),
};

/** The same function, with `check` of all values that the command line gives to the option it makes. */
function checked<Make extends (...parameters: never[]) => unknown>(
  make: Make,
  check: (name: string, values: readonly unknown[]) => void,
): Make {
  const wrapped = (...parameters: Parameters<Make>): unknown => {
    const spec = make(...parameters) as OptionSpec;
    const [descriptor] = parameters as readonly unknown[];
    // A positional has no name.
    if (typeof descriptor !== 'string') return spec;
    const names = descriptor.split(',');
    const transformer = spec.transformer.bind(spec);
    spec.transformer = (builder, key, state, context) => {
      const own = state.options.filter(({ name }) => names.includes(name));
      check(
        names[0] ?? '',
        own.map(({ value }) => value),
      );
      return transformer(builder, key, state, context);
    };
    return spec;
  };
  return wrapped as Make;
}

/** The same option, but the command's property holds what `change` makes of the value. */
export function changed<T>(option: unknown, change: (value: unknown) => T): T {
  const spec = option as OptionSpec;
  const transformer = spec.transformer.bind(spec);
  spec.transformer = (...words) => change(transformer(...words));
  // As with clipanion's own options, the property has the type of the value that it gets when the command line is read.
  return spec as T;
}
