import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findResumable, type WantedUpload } from '../../../../src/s3/multipart/find-resumable.ts';
import type {
  ListedPart,
  PartsPage,
  UnfinishedUpload,
  UnfinishedUploads,
  UploadPin,
  UploadsPage,
  UploadsRequest,
} from '../../../../src/s3/multipart/unfinished-uploads.ts';
import { StoreError } from '../../../../src/s3/store-error.ts';

const HOUR = 3_600_000;
const PLAIN = { storageClass: 'STANDARD', checksumAlgorithm: undefined };

/** A store of unfinished uploads, two to a page and two parts to a page, whose clock is ahead by so much. */
class Uploads implements UnfinishedUploads {
  readonly #ahead: number;
  readonly #uploads: UnfinishedUpload[] = [];
  readonly #parts = new Map<
    string,
    { parts: ListedPart[]; page: Omit<PartsPage, 'parts' | 'next' | 'truncated'> }
  >();

  constructor(ahead = 0) {
    this.#ahead = ahead;
  }

  /** @param age Milliseconds. */
  add(uploadId: string, age: number, sizes: readonly number[], page = PLAIN as typeof PLAIN | object): this {
    const initiated = Date.now() + this.#ahead - age;
    this.#uploads.push({ key: 'key', uploadId, initiated });
    const parts = sizes.map((size, index) => ({
      number: index + 1,
      size,
      etag: '',
      checksum: undefined,
      lastModified: initiated,
    }));
    this.#parts.set(uploadId, { parts, page: { ...PLAIN, ...page } });
    return this;
  }

  /** It is listed still, and gone. */
  end(uploadId: string): this {
    this.#parts.delete(uploadId);
    return this;
  }

  async listUploads({ after }: UploadsRequest): Promise<UploadsPage> {
    const start = this.#uploads.findIndex(({ uploadId }) => uploadId === after?.uploadId) + 1;
    const uploads = this.#uploads.slice(start, start + 2);
    const truncated = start + 2 < this.#uploads.length;
    return {
      uploads,
      truncated,
      next: uploads.at(-1),
      date: Math.floor((Date.now() + this.#ahead) / 1000) * 1000,
    };
  }

  async listParts({ uploadId }: UploadPin, after = 0): Promise<PartsPage> {
    const found = this.#parts.get(uploadId);
    if (found === undefined) throw new StoreError('NoSuchUpload', 'gone', 404, 1);
    const truncated = after + 2 < found.parts.length;
    return { ...found.page, parts: found.parts.slice(after, after + 2), truncated, next: after + 2 };
  }
}

/** A file of 10 parts of 10 bytes and one of 5, last changed an hour ago. */
async function find(uploads: Uploads, more: Partial<WantedUpload> = {}): Promise<string | undefined> {
  const file = { key: 'key', size: 105, partSize: 10, mtimeMs: Date.now() - HOUR };
  const wanted = { ...file, storageClass: undefined, checksumAlgorithm: undefined, ...more };
  return (await findResumable(uploads, wanted))?.uploadId;
}

test('the newest matching upload is found, on whatever page it and its parts are', async () => {
  const uploads = new Uploads();
  for (let n = 1; n <= 7; n += 1) uploads.add(`${n}`, n * 1000, n === 1 ? [10, 10, 9] : [10, 10, 10, 10, 10]);
  assert.equal(await find(uploads), '2');
  const { parts } = (await findResumable(uploads, {
    key: 'key',
    size: 105,
    partSize: 10,
    mtimeMs: 0,
    ...PLAIN,
  })) ?? { parts: new Map() };
  assert.deepEqual([...parts.keys()], [1, 2, 3, 4, 5]);
});

test('an upload that does not exist any more is skipped', async () => {
  assert.equal(await find(new Uploads().add('old', 2000, [10]).add('gone', 1000, [10]).end('gone')), 'old');
});

test("only an upload that was begun after the file's last change is resumed", async () => {
  assert.equal(await find(new Uploads().add('before', HOUR + 50, [10])), undefined);
  assert.equal(await find(new Uploads().add('after', HOUR - 50, [10])), 'after');
  assert.equal(await find(new Uploads().add('unknown', Number.NaN, [10])), undefined);
});

for (const ahead of [-3 * HOUR, -10_000, 10_000, 3 * HOUR]) {
  test(`a store's clock that is ${ahead / 1000} s ahead changes nothing in that`, async () => {
    assert.equal(await find(new Uploads(ahead).add('before', HOUR + 5_000, [10])), undefined);
    assert.equal(await find(new Uploads(ahead).add('after', HOUR - 5_000, [10])), 'after');
  });
}

test('storage class and checksums must be those that would be requested', async () => {
  const archived = () => new Uploads().add('a', 1000, [10], { storageClass: 'GLACIER' });
  assert.equal(await find(archived()), undefined);
  assert.equal(await find(archived(), { storageClass: 'GLACIER' }), 'a');
  assert.equal(await find(new Uploads().add('a', 1000, [10], { storageClass: undefined })), 'a');
  const summed = () => new Uploads().add('a', 1000, [10], { checksumAlgorithm: 'CRC32' });
  assert.equal(await find(summed()), undefined);
  assert.equal(await find(summed(), { checksumAlgorithm: 'CRC32' }), 'a');
  assert.equal(await find(new Uploads().add('a', 1000, [10]), { checksumAlgorithm: 'CRC32' }), undefined);
});

const ALL = [10, 10, 10, 10, 10, 10, 10, 10, 10, 10];
for (const [what, sizes, fits] of [
  ['all parts', [...ALL, 5], true],
  ['a last part that is too long', [...ALL, 6], false],
  ['a part too many', [...ALL, 5, 5], false],
  ['a short part in the middle', [10, 9, 10], false],
] as const) {
  test(`an upload with ${what} ${fits ? 'fits' : 'does not fit'}`, async () => {
    assert.equal(await find(new Uploads().add('a', 1000, sizes)), fits ? 'a' : undefined);
  });
}
