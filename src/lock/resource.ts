import { sep } from 'node:path';
import { endpointIdentity } from './endpoint-identity.ts';

/** A part of a tree of names that one run works on at a time: a folder, or a prefix of a bucket, with all below it. */
export interface Resource {
  /** The tree: the local folders, or one bucket of one endpoint. Resources of two trees never overlap. */
  readonly tree: string;
  /** Its place in the tree: ends with the separator, or is empty. */
  readonly path: string;
  /** For people. */
  readonly name: string;
}

interface Destination {
  readonly endpointUrl?: string | undefined;
  readonly bucket: string;
  /** As `normalPrefix` gives it. */
  readonly prefix: string;
}

/** @param path Absolute, with every symbolic link resolved. */
export function folderResource(path: string): Resource {
  return { tree: 'folders', path: path.endsWith(sep) ? path : path + sep, name: path };
}

export function destinationResource(destination: Destination): Resource {
  const { endpointUrl, bucket, prefix } = destination;
  // No bucket has a space in its name.
  const tree = `${endpointIdentity(endpointUrl)} ${bucket}`;
  return { tree, path: prefix, name: destinationName(destination) };
}

/** A bucket and prefix for people. */
export function destinationName({ endpointUrl = 'AWS S3', bucket, prefix }: Destination): string {
  return `${endpointUrl} s3://${bucket}/${prefix}`;
}

/** Whether they are the same, or one holds the other. */
export function overlaps(one: Resource, other: Resource): boolean {
  return holds(one, other) || holds(other, one);
}

/** Whether `inner` is `outer` or lies in it. */
export function holds(outer: Resource, inner: Resource): boolean {
  return outer.tree === inner.tree && inner.path.startsWith(outer.path);
}
