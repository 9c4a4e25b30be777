import { KNOWN_STORES, knownStoreAt, profileOf } from '../../s3/store-profiles.ts';

/** A kind of store that the wizard offers. */
export interface StoreKind {
  /** Name on the command line. */
  readonly id: string;
  readonly name: string;
  /** Form of its endpoint, with words in capitals for what differs; undefined for AWS, which needs none. */
  readonly endpointForm?: string;
}

const OTHER: StoreKind = { id: 'other', name: 'another S3-compatible store', endpointForm: 'https://HOST' };

/** All kinds of stores, AWS first. */
export const STORE_KINDS: readonly StoreKind[] = [
  { id: 'aws', name: 'AWS S3' },
  ...KNOWN_STORES.map(({ id, name, endpointForm }) => ({ id, name, endpointForm })),
  { id: 'minio', name: 'MinIO', endpointForm: 'https://HOST:9000' },
  { id: 'ceph', name: 'Ceph', endpointForm: 'https://HOST' },
  OTHER,
];

/** The kind of store of this id; undefined if there is none. */
export function storeKind(id: string): StoreKind | undefined {
  return STORE_KINDS.find((kind) => kind.id === id);
}

/** The kind of the store at an endpoint. */
export function kindAt(endpointUrl: string): StoreKind {
  const known = profileOf(endpointUrl).isAws ? 'aws' : knownStoreAt(endpointUrl)?.id;
  return storeKind(known ?? OTHER.id) ?? OTHER;
}
