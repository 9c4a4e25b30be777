/**
 * A request as the sink knows it. Every text is "binary": one character is one byte. So `<` compares keys as S3 orders
 * them, by their UTF-8 bytes, and answers written as latin1 give the bytes back.
 */
export interface Request {
  readonly method: string;
  readonly bucket: string;
  /** Decoded; '' when the request is for the bucket. */
  readonly key: string;
  readonly query: Query;
  /** Bytes that follow the head, framing included. */
  readonly contentLength: number;
  /** Bytes of content in them; NaN when nothing tells. */
  readonly decodedLength: number;
  readonly isAwsChunked: boolean;
  /** `Transfer-Encoding: chunked`. */
  readonly isChunked: boolean;
  readonly expectsContinue: boolean;
  readonly closes: boolean;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly range: string | undefined;
  readonly copySource: string | undefined;
  /** The x-amz-meta-* lines as they came, each with its CRLF. */
  readonly metadata: string;
}

export type Query = ReadonlyMap<string, string>;

const NO_QUERY: Query = new Map();

/** A copy: a slice would keep the whole head of its request alive, for every object. */
export const copyOf = (text: string) => Buffer.from(text, 'latin1').toString('latin1');

/** @param head without the blank line, decoded as latin1 */
export function parseRequest(head: string): Request {
  const lines = head.split('\r\n');
  const [method = '', target = ''] = (lines[0] ?? '').split(' ');
  const headers = parseHeaders(lines);
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const slash = path.indexOf('/', 1);
  const isChunked = headers.has('transfer-encoding');
  const contentLength = isChunked ? Number.NaN : Number(headers.get('content-length') ?? 0);
  const isAwsChunked = headers.get('x-amz-content-sha256')?.startsWith('STREAMING-') ?? false;
  return {
    method,
    bucket: slash < 0 ? path.slice(1) : path.slice(1, slash),
    key: slash < 0 ? '' : copyOf(percentDecoded(path.slice(slash + 1))),
    query: question < 0 ? NO_QUERY : parseQuery(target.slice(question + 1)),
    contentLength,
    decodedLength: isAwsChunked ? Number(headers.get('x-amz-decoded-content-length')) : contentLength,
    isAwsChunked,
    isChunked,
    expectsContinue: headers.has('expect'),
    closes: headers.get('connection')?.toLowerCase() === 'close',
    ifMatch: headers.get('if-match'),
    ifNoneMatch: headers.get('if-none-match'),
    range: headers.get('range'),
    copySource: headers.get('x-amz-copy-source'),
    metadata: metadataOf(headers),
  };
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 1; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function metadataOf(headers: ReadonlyMap<string, string>): string {
  let metadata = '';
  for (const [name, value] of headers) {
    if (name.startsWith('x-amz-meta-')) metadata += `${name}: ${value}\r\n`;
  }
  return metadata === '' ? '' : copyOf(metadata);
}

function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (name === '') continue;
    query.set(name, equals < 0 ? '' : percentDecoded(pair.slice(equals + 1).replaceAll('+', ' ')));
  }
  return query;
}

function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
