import { listedKey, sizeIn, timeIn } from '../answers.ts';
import { nextPart, nextUpload, type PartsPage, type UploadsPage } from '../multipart/unfinished-uploads.ts';
import { elements, elementText } from './xml.ts';

/** Reads an answer to ListMultipartUploads; undefined if it is another answer, or not a complete one. */
export function uploadsPageOf(xml: string): Omit<UploadsPage, 'date'> | undefined {
  if (!isWhole(xml, 'ListMultipartUploadsResult')) return undefined;
  const saysEncoded = xml.includes('<EncodingType>url</EncodingType>');
  const uploads = elements(xml, 'Upload').map((upload) => ({
    key: listedKey(elementText(upload, 'Key') ?? '', saysEncoded),
    uploadId: elementText(upload, 'UploadId') ?? '',
    initiated: timeIn(elementText(upload, 'Initiated')) ?? Number.NaN,
  }));
  const keyMarker = elementText(xml, 'NextKeyMarker');
  const nextKey = keyMarker && listedKey(keyMarker, saysEncoded);
  const next = nextUpload(uploads.at(-1), nextKey, elementText(xml, 'NextUploadIdMarker'));
  return { uploads, truncated: isTruncated(xml), next };
}

/** Reads an answer to ListParts; undefined if it is another answer, or not a complete one. */
export function partsPageOf(xml: string): PartsPage | undefined {
  if (!isWhole(xml, 'ListPartsResult')) return undefined;
  const checksumAlgorithm = elementText(xml, 'ChecksumAlgorithm');
  const parts = elements(xml, 'Part').map((part) => ({
    number: Number(elementText(part, 'PartNumber')),
    size: sizeIn(elementText(part, 'Size')),
    etag: elementText(part, 'ETag') ?? '',
    checksum: checksumAlgorithm && elementText(part, `Checksum${checksumAlgorithm}`),
    lastModified: timeIn(elementText(part, 'LastModified')) ?? Number.NaN,
  }));
  return {
    parts,
    truncated: isTruncated(xml),
    next: nextPart(elementText(xml, 'NextPartNumberMarker')),
    storageClass: elementText(xml, 'StorageClass'),
    checksumAlgorithm,
    checksumType: elementText(xml, 'ChecksumType'),
  };
}

function isWhole(xml: string, root: string): boolean {
  return xml.includes(`<${root}`) && xml.includes('<Bucket>') && xml.trimEnd().endsWith(`</${root}>`);
}

function isTruncated(xml: string): boolean {
  return xml.includes('<IsTruncated>true</IsTruncated>');
}
