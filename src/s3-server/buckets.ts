import { S3Error } from './errors.ts';
import { bucketOf, type Exchange } from './exchange.ts';
import { OWNER_ID } from './list-objects.ts';
import { receiveDocument } from './receive.ts';
import { NO_CONTENT, type Reply, xmlReply } from './reply.ts';
import { parseXml, textOf } from './xml-read.ts';
import { document, escapeXml, group, isoTime, text } from './xml-write.ts';

/** S3's oldest region. Its endpoint may create buckets in every region, and GetBucketLocation names it by an empty text. */
const CLASSIC_REGION = 'us-east-1';

/** ListBuckets. */
export function listBuckets({ store, request }: Exchange): Reply {
  const prefix = request.query.get('prefix') ?? '';
  const buckets = store
    .list()
    .filter(({ settings }) => settings.name.startsWith(prefix))
    .map(({ settings: { name, created, region } }) =>
      group(
        'Bucket',
        text('Name', name),
        text('CreationDate', isoTime(created)),
        text('BucketRegion', region),
      ),
    );
  return xmlReply(
    document('ListAllMyBucketsResult', group('Owner', text('ID', OWNER_ID)), group('Buckets', ...buckets)),
  );
}

async function readRegion(exchange: Exchange): Promise<string> {
  const source = await receiveDocument(exchange);
  const constraint =
    source.trim() === ''
      ? undefined
      : textOf(parseXml(source, 'CreateBucketConfiguration'), 'LocationConstraint');
  const region = constraint || exchange.region;
  if (exchange.region !== CLASSIC_REGION && region !== exchange.region) {
    throw new S3Error('IllegalLocationConstraintException');
  }
  return region;
}

/** CreateBucket. If the bucket exists, it succeeds in us-east-1 and is refused in other regions, as on S3. */
export async function createBucket(exchange: Exchange): Promise<Reply> {
  const { request, store } = exchange;
  const name = request.bucket ?? '';
  const region = await readRegion(exchange);
  const existing = store.find(name);
  if (existing === undefined) {
    const objectLock = request.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true';
    store.create(name, { region, objectLock });
  } else if (region !== CLASSIC_REGION || existing.settings.region !== CLASSIC_REGION) {
    throw new S3Error('BucketAlreadyOwnedByYou', undefined, { elements: { BucketName: name } });
  }
  return { status: 200, headers: { location: `/${name}` } };
}

/** HeadBucket. */
export function headBucket(exchange: Exchange): Reply {
  return { status: 200, headers: { 'x-amz-bucket-region': bucketOf(exchange).settings.region } };
}

/** DeleteBucket. Also removes unfinished uploads. */
export function deleteBucket({ store, request }: Exchange): Reply {
  store.remove(request.bucket ?? '');
  return NO_CONTENT;
}

/** GetBucketLocation. */
export function getBucketLocation(exchange: Exchange): Reply {
  const { region } = bucketOf(exchange).settings;
  return xmlReply(document('LocationConstraint', region === CLASSIC_REGION ? '' : escapeXml(region)));
}
