/** Listings that the embedded endpoint never gives: their pages lead nowhere. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Store, type StoreOptions } from '../../../src/s3/store.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';
import { TRANSPORTS, type TransportName } from './support/contract.ts';
import { outcomeOf } from './support/truth.ts';

/** Of one page: whether it says that there are more, and the elements that say where they begin. */
type Page = (number: number) => string;

const more = (markers: string) => `<IsTruncated>true</IsTruncated>${markers}`;
const object = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
const version = (key: string, id: string) =>
  `<Version><Key>${key}</Key><VersionId>${id}</VersionId><Size>1</Size></Version>`;
const upload = (key: string, id: string) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`;
const part = (number: number) => `<Part><PartNumber>${number}</PartNumber><Size>1</Size></Part>`;
const versionsFrom = (key: string, id: string) =>
  more(`<NextKeyMarker>${key}</NextKeyMarker><NextVersionIdMarker>${id}</NextVersionIdMarker>`);
const uploadsFrom = (key: string, id: string) =>
  more(`<NextKeyMarker>${key}</NextKeyMarker><NextUploadIdMarker>${id}</NextUploadIdMarker>`);
const partsFrom = (number: number | string) => more(`<NextPartNumberMarker>${number}</NextPartNumberMarker>`);
const objectsFrom = (token: string) => more(`<NextContinuationToken>${token}</NextContinuationToken>`);

interface Listing {
  readonly root: string;
  readonly list: (store: Store) => AsyncIterable<unknown>;
  readonly pages: Readonly<Record<string, Page>>;
}

const LISTINGS: Readonly<Record<string, Listing>> = {
  objects: {
    root: 'ListBucketResult',
    list: (store) => store.list(''),
    pages: {
      'are empty and have one token': () => objectsFrom('T'),
      'are empty and have two tokens in turns': (page) => objectsFrom(`T${page % 2}`),
      'say that there are more, and not where': () => more(''),
      'are in no order and have one token': () => object('b') + object('a') + objectsFrom('T'),
      'are in no order and have three tokens in turns': (page) =>
        object('b') + object('a') + objectsFrom(`T${page % 3}`),
    },
  },
  versions: {
    root: 'ListVersionsResult',
    list: (store) => store.listVersions(''),
    pages: {
      'are all the same': () => version('k', 'v') + versionsFrom('k', 'v'),
      'are empty and have the same markers': () => versionsFrom('k', 'v'),
      'lead back and forth': (page) =>
        version('k', `v${page % 2}`) + versionsFrom(`k${page % 2}`, `v${page % 2}`),
      'say that there are more, and not where': () => version('k', 'v') + more(''),
    },
  },
  uploads: {
    root: 'ListMultipartUploadsResult',
    list: (store) => store.unfinishedUploads(''),
    pages: {
      'are all the same': () => upload('k', 'u') + uploadsFrom('k', 'u'),
      'are empty and have the same markers': () => uploadsFrom('k', 'u'),
      'lead back and forth': (page) =>
        upload('k', `u${page % 2}`) + uploadsFrom(`k${page % 2}`, `u${page % 2}`),
      'say that there are more, and not where': () => more(''),
    },
  },
  parts: {
    root: 'ListPartsResult',
    list: (store) => store.partsOf({ key: 'k', uploadId: 'u' }),
    pages: {
      'are all the same': () => part(1) + partsFrom(1),
      'are empty and have the same marker': () => partsFrom(7),
      'lead back and forth': (page) => part(1 + (page % 2)) + partsFrom(1 + (page % 2)),
      'say that there are more, and not where': () => part(1) + more(''),
      'have a marker that is no number': () => part(1) + partsFrom('NaN'),
    },
  },
};

/** More pages than a circle of three can take to be found, and an object listing that is begun twice. */
const MAX_PAGES = 12;

async function useStore(
  t: TestContext,
  transport: TransportName,
  pageOf: Page,
  root: string,
  more: Partial<StoreOptions> = {},
): Promise<{ store: Store; pages: () => number }> {
  const server = await useAnswers(t, (_, index) => {
    const about = '<Name>b</Name><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId>';
    return answer(200, `<${root}>${about}${pageOf(index)}</${root}>`);
  });
  const endpointUrl = `http://127.0.0.1:${server.port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = new Store({
    bucket: 'b',
    endpointUrl,
    credentials,
    transport: TRANSPORTS[transport],
    ...more,
  });
  t.after(() => store.close());
  return { store, pages: () => server.requests.length };
}

async function readAll(listing: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of listing);
}

for (const transport of Object.keys(TRANSPORTS) as TransportName[]) {
  for (const [what, { root, list, pages: kinds }] of Object.entries(LISTINGS)) {
    for (const [how, pageOf] of Object.entries(kinds)) {
      test(`a listing of ${what} whose pages ${how} ends with an error (${transport})`, async (t) => {
        const giveUp = new AbortController();
        const { store, pages } = await useStore(
          t,
          transport,
          (page) => {
            if (page >= MAX_PAGES) giveUp.abort();
            return pageOf(page);
          },
          root,
          { signal: giveUp.signal },
        );
        assert.equal(await outcomeOf(readAll(list(store))), 'no answer ListingStuck', `${pages()} pages`);
      });
    }

    test(`an abort ends a listing of ${what} that always leads on (${transport})`, async (t) => {
      const endless: Readonly<Record<string, Page>> = {
        objects: (page) => objectsFrom(`T${page}`),
        versions: (page) => version('k', `v${page}`) + versionsFrom('k', `v${page}`),
        uploads: (page) => upload('k', `u${page}`) + uploadsFrom('k', `u${page}`),
        parts: (page) => part(page) + partsFrom(page),
      };
      const stop = new AbortController();
      const { store, pages } = await useStore(t, transport, endless[what] ?? assert.fail(), root, {
        signal: stop.signal,
      });
      const ended = outcomeOf(readAll(list(store)));
      while (pages() < 20) await sleep(1);
      stop.abort();
      assert.equal(await ended, 'no answer AbortError');
    });
  }

  test(`an empty page of uploads is not the end where its markers lead on (${transport})`, async (t) => {
    const pageOf: Page = (page) => (page === 0 ? uploadsFrom('k', 'u0') : upload('k', 'u1'));
    const { store } = await useStore(t, transport, pageOf, 'ListMultipartUploadsResult');
    const found: string[] = [];
    for await (const { uploads } of store.unfinishedUploads(''))
      found.push(...uploads.map(({ uploadId }) => uploadId));
    assert.deepEqual(found, ['u1']);
  });
}
