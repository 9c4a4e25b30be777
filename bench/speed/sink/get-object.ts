import { type Answer, headOf } from './answers.ts';
import type { StoredObject } from './objects.ts';
import type { Request } from './request.ts';

/** From `start` to `end`, which is not included, in bytes. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Answers HEAD and GET, also of a range or of one part. */
export function objectAnswer(object: StoredObject, { method, range, query }: Request): Answer {
  const { size, content } = object;
  const partNumber = Number(query.get('partNumber') ?? 0);
  const isWhole = partNumber === 0 && range === undefined;
  const wanted = partNumber > 0 ? partOf(object, partNumber) : rangeOf(range, size);
  if (wanted === undefined) return headOf('416 Range Not Satisfiable', '', 0);
  const { start, end } = wanted;
  const parts = partNumber > 0 && content.length > 1 ? `x-amz-mp-parts-count: ${content.length}\r\n` : '';
  const position = isWhole ? '' : `Content-Range: bytes ${start}-${end - 1}/${size}\r\n`;
  const status = isWhole ? '200 OK' : '206 Partial Content';
  const head = headOf(status, `${headersOf(object)}${position}${parts}`, end - start);
  return method === 'HEAD' ? head : { head, body: piecesOf(content, wanted) };
}

function headersOf({ etag, modifiedAt, metadata }: StoredObject): string {
  return `ETag: "${etag}"\r\nLast-Modified: ${new Date(modifiedAt).toUTCString()}\r\nAccept-Ranges: bytes\r\nContent-Type: binary/octet-stream\r\n${metadata}`;
}

/** Where a part lies, which is known only of kept contents; undefined if there is no such part. */
function partOf({ content }: StoredObject, number: number): Range | undefined {
  const part = content[number - 1];
  if (part === undefined) return undefined;
  const start = content.slice(0, number - 1).reduce((sum, { length }) => sum + length, 0);
  return { start, end: start + part.length };
}

/** All without a header; undefined if the range lies behind the object's end. */
function rangeOf(header: string | undefined, size: number): Range | undefined {
  if (header === undefined) return { start: 0, end: size };
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : undefined;
}

function piecesOf(content: readonly Buffer[], { start, end }: Range): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const part of content) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, part.length)];
    if (from < to) pieces.push(part.subarray(from, to));
    at += part.length;
  }
  return pieces;
}
