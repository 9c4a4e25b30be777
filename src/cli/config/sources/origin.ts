/** Where a value comes from. */
export interface Origin {
  readonly kind: 'default' | 'file' | 'dotenv' | 'environment' | 'flag';
  /** The file's path, the variable, the flag; for a default the word `default`. */
  readonly name: string;
}

/** The origin of every value that nobody set. */
export const DEFAULT_ORIGIN: Origin = { kind: 'default', name: 'default' };

/** As people read it: `default`, `config.yaml`, `.env AWS_REGION`, `environment AWS_REGION`, `--region`. */
export function formatOrigin({ kind, name }: Origin): string {
  if (kind === 'dotenv') return `.env ${name}`;
  return kind === 'environment' ? `environment ${name}` : name;
}
