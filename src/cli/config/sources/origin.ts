/** The source of a value. */
export interface Origin {
  readonly kind: 'default' | 'file' | 'dotenv' | 'environment' | 'flag';
  /** Path of the file, name of the variable or of the flag; `default` for a default. */
  readonly name: string;
}

/** The origin of every value that is not set. */
export const DEFAULT_ORIGIN: Origin = { kind: 'default', name: 'default' };

/** Formats an origin for messages: `default`, `config.yaml`, `.env AWS_REGION`, `environment AWS_REGION`, `--region`. */
export function formatOrigin({ kind, name }: Origin): string {
  if (kind === 'dotenv') return `.env ${name}`;
  return kind === 'environment' ? `environment ${name}` : name;
}
