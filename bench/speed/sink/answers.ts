/** An answer as it goes over the wire: binary text, see {@link Request}, or that and the pieces of an object. */
export type Answer = string | { readonly head: string; readonly body: readonly Buffer[] };

let dateSecond = 0;
let dateText = '';

/** The Date header, which is made anew once a second. */
function date(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date().toUTCString();
  }
  return dateText;
}

/** @param headers lines, each with its CRLF */
export function answer(status: string, headers = '', body = ''): string {
  return `${headOf(status, headers, body.length)}${body}`;
}

/** The head of an answer of `size` bytes; it is all of the answer to HEAD. */
export function headOf(status: string, headers: string, size: number): string {
  return `HTTP/1.1 ${status}\r\nDate: ${date()}\r\nServer: sink\r\nx-amz-request-id: 0\r\n${headers}Content-Length: ${size}\r\n\r\n`;
}

export function xmlAnswer(body: string): string {
  return answer(
    '200 OK',
    'Content-Type: application/xml\r\n',
    `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  );
}

/** @param status such as `404 Not Found` */
export function errorAnswer(status: string, code: string): string {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return answer(status, 'Content-Type: application/xml\r\n', body);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function xmlText(text: string): string {
  return text.replace(/[&<>"\r\n\t]/g, (c) => ENTITIES[c] ?? `&#${c.charCodeAt(0)};`);
}

/** The text of every element of this name in a request's XML, entities decoded. */
export function xmlElements(xml: string, name: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'));
  return Array.from(found, ([, text = '']) => decodeEntities(text));
}

const CHARACTERS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(x?)([0-9a-f]+)|(\w+));/gi, (whole, hex, digits, name) => {
    if (name !== undefined) return CHARACTERS[name] ?? whole;
    return String.fromCharCode(Number.parseInt(digits, hex === '' ? 10 : 16));
  });
}
