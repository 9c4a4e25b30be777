import { sep } from 'node:path';
import { endpointIdentity } from './endpoint-identity.ts';

/** A folder, or a prefix of a bucket, with everything below it. Only one run at a time works on it. */
export interface Resource {
  /** Namespace of the path: the local folders, or one bucket of one endpoint. Resources of two trees never overlap. */
  readonly tree: string;
  /** Path in the tree; ends with the separator or is empty. */
  readonly path: string;
  /** Name of the resource in messages. */
  readonly name: string;
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

/** Whether two resources are the same, or one contains the other. */
export function overlaps(one: Resource, other: Resource): boolean {
  return holds(one, other) || holds(other, one);
}

/** Whether `outer` contains `inner` or is the same. */
export function holds(outer: Resource, inner: Resource): boolean {
  return outer.tree === inner.tree && inner.path.startsWith(outer.path);
}
