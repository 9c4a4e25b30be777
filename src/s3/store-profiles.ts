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

/** A store that is known by the host of its endpoint. */
export interface KnownStore {
  /** Name for a command line: one word in lower case. */
  readonly id: string;
  readonly name: string;
  readonly host: RegExp;
  /** Form of the endpoint. Words in capitals stand for what differs: the account, the region. */
  readonly endpointForm: string;
  /** Region that requests are signed for, if it is the same for all endpoints. */
  readonly region?: string;
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
export const KNOWN_STORES: readonly KnownStore[] = [
  // https://developers.cloudflare.com/r2/reference/consistency/, https://developers.cloudflare.com/r2/objects/multipart-objects/
  {
    id: 'r2',
    name: 'Cloudflare R2',
    host: /\.r2\.cloudflarestorage\.com$/,
    endpointForm: 'https://ACCOUNT.r2.cloudflarestorage.com',
    region: 'auto',
    needsEqualParts: true,
    listsConsistently: true,
  },
  {
    id: 'b2',
    name: 'Backblaze B2',
    host: /\.backblazeb2\.com$/,
    endpointForm: 'https://s3.REGION.backblazeb2.com',
  },
  // https://cloud.google.com/storage/docs/consistency
  {
    id: 'gcs',
    name: 'Google Cloud Storage',
    host: /(?:^|\.)storage\.googleapis\.com$/,
    endpointForm: 'https://storage.googleapis.com',
    region: 'auto',
    listsConsistently: true,
  },
  {
    id: 'wasabi',
    name: 'Wasabi',
    host: /(?:^|\.)wasabisys\.com$/,
    endpointForm: 'https://s3.REGION.wasabisys.com',
  },
  {
    id: 'spaces',
    name: 'DigitalOcean Spaces',
    host: /\.digitaloceanspaces\.com$/,
    endpointForm: 'https://REGION.digitaloceanspaces.com',
  },
  {
    id: 'ovh',
    name: 'OVHcloud',
    host: /\.cloud\.ovh\.(?:net|us)$/,
    endpointForm: 'https://s3.REGION.io.cloud.ovh.net',
  },
  // In the order of the encrypted keys: https://github.com/storj/roadmap/issues/62
  {
    id: 'storj',
    name: 'Storj',
    host: /(?:^|\.)gateway\.storjshare\.io$/,
    endpointForm: 'https://gateway.storjshare.io',
    listsInOrder: false,
  },
  // https://www.scaleway.com/en/docs/object-storage/api-cli/multipart-uploads/
  {
    id: 'scaleway',
    name: 'Scaleway',
    host: /(?:^|\.)scw\.cloud$/,
    endpointForm: 'https://s3.REGION.scw.cloud',
    maxParts: 1_000,
  },
];

/** Finds the known store of an endpoint; undefined if it is of none. */
export function knownStoreAt(endpointUrl: string): KnownStore | undefined {
  const host = hostOf(endpointUrl);
  return KNOWN_STORES.find((store) => store.host.test(host));
}

/** Finds the region that requests to an endpoint are signed for; undefined if its address does not tell. */
export function regionAt(endpointUrl: string): string | undefined {
  const { region, endpointForm = '' } = knownStoreAt(endpointUrl) ?? {};
  if (region !== undefined) return region;
  const [before = '', after] = hostOf(endpointForm).split('region');
  const host = hostOf(endpointUrl);
  const isOfForm = after !== undefined && host.startsWith(before) && host.endsWith(after);
  const found = isOfForm ? host.slice(before.length, -after.length) : '';
  return /^[\w-]+$/.test(found) ? found : undefined;
}

function hostOf(endpointUrl: string): string {
  return URL.canParse(endpointUrl) ? new URL(endpointUrl).hostname : '';
}

/** @param endpointUrl Undefined for AWS itself. */
export function profileOf(endpointUrl: string | undefined): StoreProfile {
  const host = hostOf(endpointUrl ?? '');
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
  const known = knownStoreAt(endpointUrl);
  return {
    name: known?.name ?? 'an S3-compatible store',
    maxParts: known?.maxParts ?? MAX_PARTS,
    needsEqualParts: known?.needsEqualParts ?? false,
    listsInOrder: known?.listsInOrder ?? true,
    listsConsistently: known?.listsConsistently ?? false,
    isAws: false,
  };
}
