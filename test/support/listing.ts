import type { TestContext } from 'node:test';
import { Store } from '../../src/s3/store.ts';
import { answer, useAnswers } from './raw-server.ts';

/** An endpoint that answers nothing but listings of these keys, and where each of them began. */
export interface Listing {
  readonly store: Store;
  readonly starts: readonly string[];
}

/** @param fails Whether this listing, counted from 1, is refused. */
export async function useListing(
  t: TestContext,
  keys: readonly string[],
  fails: (listing: number) => boolean = () => false,
): Promise<Listing> {
  const sorted = [...keys].map((key) => Buffer.from(key)).sort(Buffer.compare);
  const starts: string[] = [];
  const server = await useAnswers(t, ({ line }) => {
    const query = new URLSearchParams(line.split(' ')[1]?.split('?')[1]);
    const after = query.get('start-after') ?? '';
    starts.push(after);
    if (fails(starts.length)) return answer(403, '<Error><Code>AccessDenied</Code></Error>');
    const bytes = Buffer.from(after);
    const from = sorted.findIndex((key) => key.compare(bytes) > 0);
    return answer(200, pageOf(from < 0 ? [] : sorted.slice(from, from + 1_001)));
  });
  const endpointUrl = `http://${server.origin.host}:${server.port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = new Store({ bucket: 'b', endpointUrl, credentials });
  t.after(() => store.close());
  return { store, starts };
}

function pageOf(keys: readonly Buffer[]): string {
  const contents = keys
    .slice(0, 1_000)
    .map((key) => `<Contents><Key>${encodeURIComponent(String(key))}</Key><Size>1</Size></Contents>`);
  return `<ListBucketResult><Name>b</Name><EncodingType>url</EncodingType><IsTruncated>${keys.length > 1_000}</IsTruncated>${contents.join('')}</ListBucketResult>`;
}
