import { type Json, PLACEHOLDERS, unknownPlaceholders } from '../../notify/placeholders.ts';
import { FormError } from './form-error.ts';
import { parseUrl } from './parse-url.ts';

export const NOTIFY_WHEN = ['failure', 'always', 'change'] as const;
/** When somebody is told how a run ended: if it did not end well, always, or if it ended otherwise than the last one. */
export type NotifyWhen = (typeof NOTIFY_WHEN)[number];

/** A service that is told by HTTP how a run ended. */
export interface Webhook {
  readonly url: string;
  /** Default: `notify.on`. */
  readonly on?: NotifyWhen;
  /** Headers of the request. Default: none but those that HTTP needs. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Template of the body: a text is sent as text, anything else as JSON. Default: a JSON object with all that is known. */
  readonly body?: Json;
}

const FORM = 'a list of URLs, or of maps with url, on, headers and body';
/** Headers that the request itself sets. */
const OWN_HEADERS = /^(?:host|content-length|transfer-encoding|connection|expect|upgrade|te|trailer)$/i;
const MOST = 10;

/**
 * Reads the webhooks: a list, or one alone, of URLs and maps.
 *
 * @throws FormError that says what is wrong, without the value, which has secrets
 */
export function parseWebhooks(value: unknown): Webhook[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MOST) throw new FormError(`a list of at most ${MOST} webhooks`);
  return list.map((each) => webhookOf(typeof each === 'string' ? { url: each } : plain(each)));
}

function webhookOf(given: Json): Webhook {
  if (!isMap(given)) throw new FormError(FORM);
  const { url, on, headers, body, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new FormError(`${FORM}; another name is not known`);
  const when = NOTIFY_WHEN.find((each) => each === on);
  if (on !== undefined && when === undefined) throw new FormError(`on: ${NOTIFY_WHEN.join(', ')}`);
  return {
    url: inField('url', () => parseUrl(url)),
    ...(when !== undefined && { on: when }),
    ...(headers !== undefined && { headers: headersOf(headers) }),
    ...(body !== undefined && { body: templateOf(body) }),
  };
}

function inField<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormError ? new FormError(`${name}: ${error.message}`) : error;
  }
}

function headersOf(given: Json): Record<string, string> {
  if (!isMap(given)) throw new FormError('headers: a map of names to texts');
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || OWN_HEADERS.test(name))
        throw new FormError(
          'headers: names of headers, and none that the request itself sets (Host, Content-Length)',
        );
      if (typeof text !== 'string' || !/^[\x20-\x7e]*$/.test(text))
        throw new FormError('headers: texts in ASCII, in quotes');
      return [name, text];
    }),
  );
}

function templateOf(body: Json): Json {
  const [unknown] = unknownPlaceholders(body);
  if (unknown === undefined) return body;
  throw new FormError(`body: in double braces only ${PLACEHOLDERS.join(', ')}`);
}

/** Makes plain objects of the maps that the parsers of the files make. */
function plain(value: unknown): Json {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, plain(each)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new FormError(FORM);
}

function isMap(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
