import assert from 'node:assert/strict';
import type { Dirent } from 'node:fs';
import { test } from 'node:test';
import { FolderListing } from '../../../src/source/folder-listing.ts';
import { WalkRange } from '../../../src/source/walk-range.ts';

const { keyPart } = new WalkRange();

/** Entries by their names; those of folders end in a slash. */
function entries(...names: string[]): Dirent[] {
  return names.map((name) => {
    const isDirectory = () => name.endsWith('/');
    return { name: name.replace('/', ''), isDirectory, isSymbolicLink: () => false } as Dirent;
  });
}

function piecesOf(listing: FolderListing): string[][] {
  const pieces: string[][] = [];
  while (!listing.isExhausted) pieces.push(listing.nextPiece().map(({ name }) => name));
  return pieces;
}

test('entries come in the order of the listing, folders among them', () => {
  assert.deepEqual(piecesOf(new FolderListing(entries('b', 'a/', 'c'), undefined)), [['b', 'a', 'c']]);
});

test('in key order a piece ends at a subfolder, which sorts by its name with a slash', () => {
  const listing = new FolderListing(entries('a/', 'a-', 'a.txt', 'a0', 'b/', 'Z'), keyPart);
  assert.deepEqual(piecesOf(listing), [
    ['Z', 'a-', 'a.txt', 'a'],
    ['a0', 'b'],
  ]);
});

test('a large folder comes in pieces of 1,024 entries, none of them lost', () => {
  const names = Array.from({ length: 2500 }, (_, n) => String(n).padStart(4, '0'));
  for (const order of [undefined, keyPart]) {
    const pieces = piecesOf(new FolderListing(entries(...names), order));
    assert.deepEqual(
      pieces.map(({ length }) => length),
      [1024, 1024, 452],
    );
    assert.deepEqual(pieces.flat(), names);
  }
});

test('an empty folder, and one of which every entry was taken, give an empty piece', () => {
  const listing = new FolderListing(entries('a'), keyPart);
  listing.nextPiece();
  for (const each of [listing, new FolderListing([], undefined)])
    assert.deepEqual([each.isExhausted, each.nextPiece()], [true, []]);
});
