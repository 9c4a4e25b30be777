import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Found, type Item, pass, type Settlement } from '../../src/flow/item.ts';
import type { SourceRoot } from '../../src/source/root.ts';

export { buffer };

/** Everything that a stage yields, in its order. */
export async function collect<T>(stage: AsyncIterable<unknown> | object): Promise<Item<T>[]> {
  const items: Item<T>[] = [];
  for await (const item of stage as AsyncIterable<Item<T>>) items.push(item);
  return items;
}

/** Sends items through a stage and collects what comes out. */
export async function through<T>(stage: object, items: Iterable<unknown>): Promise<Item<T>[]> {
  const duplex = stage as NodeJS.ReadWriteStream;
  const source = Readable.from(items);
  source.on('error', () => undefined);
  source.pipe(duplex);
  return collect<T>(duplex);
}

export function found(root: SourceRoot, ...paths: string[]): Item<Found>[] {
  return paths.map((path) => pass({ root, path }));
}

/** The files of the items that go on. */
export function openOf<T>(items: readonly Item<T>[]): T[] {
  return items.flatMap((item) => (item.settled ? [] : [item.file]));
}

export function settledOf(items: readonly Item<unknown>[]): Settlement[] {
  return items.flatMap((item) => (item.settled ? [item.settlement] : []));
}

/** What became of each settled item: `skipped EXCLUDED`, by its path. */
export function endsOf(items: readonly Item<unknown>[]): Record<string, string> {
  return Object.fromEntries(
    settledOf(items).map(({ path, fate, code }) => [path, code === undefined ? fate : `${fate} ${code}`]),
  );
}
