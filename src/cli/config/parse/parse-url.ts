import { FormError } from './form-error.ts';

const FORM = 'an http:// or https:// URL, without a fragment (#), in quotes';

/** Reads the address of a service that is told how a run ended. @throws FormError that names the allowed form */
export function parseUrl(value: unknown): string {
  const isText = typeof value === 'string' && /^https?:\/\/[\x21-\x7e]+$/i.test(value);
  if (!isText || !URL.canParse(value) || value.includes('#')) throw new FormError(FORM);
  return value;
}
