import { Option as ClipanionOption, UsageError } from 'clipanion';

/** What clipanion makes of an option before it reads the command line; clipanion's types declare only the value. */
interface OptionSpec {
  transformer(builder: unknown, key: string, state: ParsedWords, context: unknown): unknown;
}

interface ParsedWords {
  readonly options: readonly { readonly name: string; readonly value: unknown }[];
}

/**
 * The option factories of clipanion, made stricter. If an option is given several times, clipanion silently takes the last.
 * Here an option with a value is refused the second time, and a switch if it is given together with its opposite. Options made
 * with `Array` repeat.
 *
 * @throws UsageError when the command line is read
 */
export const Option: typeof ClipanionOption = {
  ...ClipanionOption,
  String: withCheck(ClipanionOption.String, (name, values) => {
    if (values.length > 1)
      throw new UsageError(`option "${name}" was given more than once; it takes one value`);
  }),
  Boolean: withCheck(ClipanionOption.Boolean, (name, values) => {
    if (new Set(values).size > 1)
      throw new UsageError(`option "${name}" and its opposite were both given; keep one of them`);
  }),
};

/** Wraps an option factory: `check` gets the name of the option and all values that the command line gives it. */
function withCheck<Make extends (...parameters: never[]) => unknown>(
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

/** Makes an option hand its value through `change` before the command's property gets it. */
export function mapOption<T>(option: unknown, change: (value: unknown) => T): T {
  const spec = option as OptionSpec;
  const transformer = spec.transformer.bind(spec);
  spec.transformer = (...words) => change(transformer(...words));
  // Like clipanion's own options, the result has the type of the value that the property gets later.
  return spec as T;
}
