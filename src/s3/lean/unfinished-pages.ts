import type { PartsPage, UploadsPage } from '../multipart/unfinished-uploads.ts';
import { decodedKey, timeOf } from './list-page.ts';
import { elements, elementText } from './xml.ts';

/** Reads an answer to ListMultipartUploads; undefined where it is none, or not a whole one. */
export function uploadsPageOf(xml: string): Omit<UploadsPage, 'date'> | undefined {
  if (!isWhole(xml, 'ListMultipartUploadsResult')) return undefined;
  const decode = xml.includes('<EncodingType>url</EncodingType>') ? decodedKey : (key: string) => key;
  const uploads = [...elements(xml, 'Upload')].map((upload) => ({
    key: decode(elementText(upload, 'Key') ?? ''),
    uploadId: elementText(upload, 'UploadId') ?? '',
    initiated: timeOf(elementText(upload, 'Initiated')) ?? Number.NaN,
  }));
  const key = isTruncated(xml) ? elementText(xml, 'NextKeyMarker') : undefined;
  const uploadId = elementText(xml, 'NextUploadIdMarker');
  return { uploads, next: key === undefined ? undefined : { key: decode(key), uploadId } };
}

/** Reads an answer to ListParts; undefined where it is none, or not a whole one. */
export function partsPageOf(xml: string): PartsPage | undefined {
  if (!isWhole(xml, 'ListPartsResult')) return undefined;
  const parts = [...elements(xml, 'Part')].map((part) => ({
    number: Number(elementText(part, 'PartNumber')),
    size: Number(elementText(part, 'Size')),
    etag: elementText(part, 'ETag') ?? '',
    crc32: elementText(part, 'ChecksumCRC32'),
    lastModified: timeOf(elementText(part, 'LastModified')) ?? Number.NaN,
  }));
  return {
    parts,
    next: isTruncated(xml) ? Number(elementText(xml, 'NextPartNumberMarker')) : undefined,
    storageClass: elementText(xml, 'StorageClass'),
    checksumAlgorithm: elementText(xml, 'ChecksumAlgorithm'),
  };
}

function isWhole(xml: string, root: string): boolean {
  return xml.includes(`<${root}`) && xml.includes('<Bucket>') && xml.trimEnd().endsWith(`</${root}>`);
}

function isTruncated(xml: string): boolean {
  return xml.includes('<IsTruncated>true</IsTruncated>');
}
