const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const MAX_CODE_POINT = 0x10ffff;

/**
 * Text of the first element with this name and without attributes; undefined if there is none. For S3's flat answers
 * only.
 */
export function elementText(xml: string, name: string): string | undefined {
  const [open, close] = tagsOf(name);
  const start = xml.indexOf(open);
  if (start < 0) return undefined;
  const from = start + open.length;
  const end = xml.indexOf(close, from);
  return end < 0 ? undefined : unescaped(xml.slice(from, end));
}

/** Contents of every element with this name, with their markup. */
export function elements(xml: string, name: string): string[] {
  const found: string[] = [];
  eachElement(xml, name, (from, to) => found.push(xml.slice(from, to)));
  return found;
}

/** Called for an element that holds only text, with its name and its escaped text, for {@link unescaped}. */
export type TextVisitor<T> = (record: T, name: string, escapedText: string) => void;

/**
 * Makes a record of every element with this name, in order, and fills it from the texts inside, in one pass: a search
 * for each text of each object takes twice as long.
 */
export function recordsOf<T>(xml: string, name: string, make: () => T, visit: TextVisitor<T>): T[] {
  const records: T[] = [];
  eachElement(xml, name, (from, to) => {
    const record = make();
    visitTexts(xml, from, to, record, visit);
    records.push(record);
  });
  return records;
}

/**
 * Visits the texts of an element. It is a function of its own, since a closure made for every answer would be compiled
 * for each answer.
 */
function visitTexts<T>(xml: string, from: number, to: number, record: T, visit: TextVisitor<T>): void {
  for (let at = xml.indexOf('<', from); at >= 0 && at < to; ) {
    const nameEnd = xml.indexOf('>', at);
    const next = xml.indexOf('<', nameEnd);
    if (isEndTag(xml, next) && !isEndTag(xml, at) && !isEmptyTag(xml, nameEnd)) {
      visit(record, xml.slice(at + 1, nameEnd), xml.slice(nameEnd + 1, next));
      at = xml.indexOf('<', next + 1);
    } else at = next;
  }
}

const SLASH = 47;

function isEndTag(xml: string, at: number): boolean {
  return xml.charCodeAt(at + 1) === SLASH;
}

function isEmptyTag(xml: string, end: number): boolean {
  return xml.charCodeAt(end - 1) === SLASH;
}

/** Calls `found` with the start and end of the contents of every element with this name. */
function eachElement(xml: string, name: string, found: (from: number, to: number) => void): void {
  const [open, close] = tagsOf(name);
  for (let start = xml.indexOf(open); start >= 0; ) {
    const from = start + open.length;
    const to = xml.indexOf(close, from);
    if (to < 0) break;
    found(from, to);
    start = xml.indexOf(open, to + close.length);
  }
}

function tagsOf(name: string): readonly [string, string] {
  return [`<${name}>`, `</${name}>`];
}

/** Removes the escapes of a text that was written into an element. */
export function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (name) return ENTITIES.get(name) ?? whole;
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : whole;
  });
}

/** Escapes a text for an element. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
