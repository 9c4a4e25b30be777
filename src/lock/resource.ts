import { sep } from 'node:path';
import { areApart, type KeyRange } from '../core/key-range.ts';
import { endpointIdentity } from './endpoint-identity.ts';

/** A folder, or a prefix of a bucket, with what is below it. Only one run at a time works on it. */
export interface Resource {
  /** Namespace of the path: the local folders, or one bucket of one endpoint. Resources of two trees never overlap. */
  readonly tree: string;
  /** Path in the tree; ends with the separator or is empty. */
  readonly path: string;
  /** Name of the resource in messages. */
  readonly name: string;
  /** Keys below the path that the run works on. Default: all. */
  readonly range?: KeyRange | undefined;
}

interface Destination {
  /** Default: AWS. */
  readonly endpointUrl?: string | undefined;
  readonly bucket: string;
  /** Prefix as `normalPrefix` returns it. */
  readonly prefix: string;
}

/** Makes the resource of a local folder. @param path Absolute, with every symbolic link resolved. */
export function folderResource(path: string): Resource {
  return { tree: 'folders', path: path.endsWith(sep) ? path : path + sep, name: path };
}

/** Makes the resource of a prefix in a bucket. */
export function destinationResource(destination: Destination): Resource {
  const { endpointUrl, bucket, prefix } = destination;
  // No bucket has a space in its name.
  const tree = `${endpointIdentity(endpointUrl)} ${bucket}`;
  return { tree, path: prefix, name: destinationName(destination) };
}

/** Name of a bucket and prefix in messages: `AWS S3 s3://bucket/prefix/`. */
export function destinationName({ endpointUrl = 'AWS S3', bucket, prefix }: Destination): string {
  return `${endpointUrl} s3://${bucket}/${prefix}`;
}

/** Whether two resources share something: one contains the other, or they are the same, and their ranges share a key. */
export function overlaps(one: Resource, other: Resource): boolean {
  const isSame = one.tree === other.tree && one.path === other.path;
  if (isSame && areApart(one.range ?? {}, other.range ?? {})) return false;
  return holds(one, other) || holds(other, one);
}

/** Whether the path of `outer` contains that of `inner` or is the same. */
export function holds(outer: Resource, inner: Resource): boolean {
  return outer.tree === inner.tree && inner.path.startsWith(outer.path);
}
