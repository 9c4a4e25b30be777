import { MAX_PARTS } from './parts.ts';

/** Facts about a store that requests cannot find out in time. docs/stores.md has the rest, with sources. */
export interface StoreProfile {
  readonly name: string;
  /** Most parts of an upload. */
  readonly maxParts: number;
  /** Whether all parts of an upload but the last must have the same size. */
  readonly needsEqualParts: boolean;
  /** Whether listings come in the order of the keys' UTF-8 bytes. */
  readonly listsInOrder: boolean;
  /** Whether a listing never shows a deleted object and never lacks a stored one. False if that is unknown. */
  readonly listsConsistently: boolean;
  /**
   * Whether the store is AWS, which accepts a checksum beside Content-MD5 and stores it, heeds conditions on every
   * write, and makes ETags that are MD5s unless it says otherwise.
   */
  readonly isAws: boolean;
}

interface KnownStore {
  readonly name: string;
  readonly host: RegExp;
  readonly maxParts?: number;
  readonly needsEqualParts?: boolean;
  readonly listsInOrder?: boolean;
  readonly listsConsistently?: boolean;
}

const AWS = /(?:^|\.)amazonaws\.com(?:\.cn)?$/;

/**
 * Known stores by host, from https://github.com/rclone/rclone/tree/master/backend/s3/provider and the stores' own
 * pages.
 */
const KNOWN_STORES: readonly KnownStore[] = [
  // https://developers.cloudflare.com/r2/reference/consistency/, https://developers.cloudflare.com/r2/objects/multipart-objects/
  {
    name: 'Cloudflare R2',
    host: /\.r2\.cloudflarestorage\.com$/,
    needsEqualParts: true,
    listsConsistently: true,
  },
  { name: 'Backblaze B2', host: /\.backblazeb2\.com$/ },
  // https://cloud.google.com/storage/docs/consistency
  { name: 'Google Cloud Storage', host: /(?:^|\.)storage\.googleapis\.com$/, listsConsistently: true },
  { name: 'Wasabi', host: /(?:^|\.)wasabisys\.com$/ },
  { name: 'DigitalOcean Spaces', host: /\.digitaloceanspaces\.com$/ },
  { name: 'OVHcloud', host: /\.cloud\.ovh\.(?:net|us)$/ },
  // In the order of the encrypted keys: https://github.com/storj/roadmap/issues/62
  { name: 'Storj', host: /(?:^|\.)gateway\.storjshare\.io$/, listsInOrder: false },
  // https://www.scaleway.com/en/docs/object-storage/api-cli/multipart-uploads/
  { name: 'Scaleway', host: /(?:^|\.)scw\.cloud$/, maxParts: 1_000 },
];

/** @param endpointUrl Undefined for AWS itself. */
export function profileOf(endpointUrl: string | undefined): StoreProfile {
  const host = endpointUrl === undefined || !URL.canParse(endpointUrl) ? '' : new URL(endpointUrl).hostname;
  if (endpointUrl === undefined || AWS.test(host)) {
    // https://aws.amazon.com/s3/consistency/
    return {
      name: 'AWS S3',
      maxParts: MAX_PARTS,
      needsEqualParts: false,
      listsInOrder: true,
      listsConsistently: true,
      isAws: true,
    };
  }
  const known = KNOWN_STORES.find((store) => store.host.test(host));
  return {
    name: known?.name ?? 'an S3-compatible store',
    maxParts: known?.maxParts ?? MAX_PARTS,
    needsEqualParts: known?.needsEqualParts ?? false,
    listsInOrder: known?.listsInOrder ?? true,
    listsConsistently: known?.listsConsistently ?? false,
    isAws: false,
  };
}
