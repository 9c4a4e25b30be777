import type { PageAssets } from './assets.ts';
import type { PageHead } from './page-data.ts';

/** What a page says of a fate. */
export interface FateMeaning {
  readonly fate: string;
  /** `aside`: a file with this fate was no part of the work. */
  readonly ending: 'good' | 'bad' | 'aside';
  readonly meaning: string;
}

/** The words and the fates of the page of one kind of run. */
export interface PageKind {
  readonly name: 'backup' | 'restore' | 'verification';
  /** In the order of the page. */
  readonly fates: readonly FateMeaning[];
  /** Tables of the advice for a code, the first one first. */
  readonly advice: readonly (keyof PageAssets['advice'])[];
  /** Says how many files ended badly, for instance `2 files failed`. @param files `2 files` */
  readonly badEnd: (files: string) => string;
  readonly noBadEnd: string;
  /** Name of the attempts that the report counts; undefined if a run of this kind makes none. */
  readonly attempts: string | undefined;
  readonly atOnce: string;
}

const FAILED = { badEnd: (files: string) => `${files} failed`, noBadEnd: 'No file failed.' } as const;

const BACKUP: PageKind = {
  ...FAILED,
  name: 'backup',
  fates: [
    {
      fate: 'failed',
      ending: 'bad',
      meaning: 'not uploaded, not proved, or not deleted although that was asked for',
    },
    { fate: 'deleted', ending: 'good', meaning: 'proved to be in S3, and deleted here' },
    { fate: 'kept', ending: 'good', meaning: 'proved to be in S3, and kept here' },
    { fate: 'unchanged', ending: 'good', meaning: 'already in S3' },
    { fate: 'skipped', ending: 'aside', meaning: 'not selected' },
  ],
  advice: ['backup'],
  attempts: 'Uploads tried',
  atOnce: 'In upload',
};

const RESTORE: PageKind = {
  ...FAILED,
  name: 'restore',
  fates: [
    { fate: 'failed', ending: 'bad', meaning: 'not restored' },
    { fate: 'requested', ending: 'good', meaning: 'archived; S3 was asked for it' },
    { fate: 'restored', ending: 'good', meaning: 'read, proved, and written here' },
    { fate: 'unchanged', ending: 'good', meaning: 'here already with this content' },
    { fate: 'skipped', ending: 'aside', meaning: 'not wanted' },
  ],
  advice: ['restore', 'backup'],
  attempts: 'Downloads tried',
  atOnce: 'In download',
};

/** Makes the kind of a verification. @param strict Whether objects without a local file count as failures. */
export function verificationKind(strict: boolean): PageKind {
  return {
    name: 'verification',
    fates: [
      { fate: 'differs', ending: 'bad', meaning: 'S3 holds other content' },
      { fate: 'missing-there', ending: 'bad', meaning: 'there is no object under its key' },
      { fate: 'not-proved', ending: 'bad', meaning: 'S3 reports nothing that could be compared' },
      { fate: 'failed', ending: 'bad', meaning: 'not compared: the file or the object could not be read' },
      { fate: 'same', ending: 'good', meaning: 'S3 holds this content' },
      { fate: 'missing-here', ending: strict ? 'bad' : 'aside', meaning: 'an object without a file here' },
      { fate: 'left-out', ending: 'aside', meaning: 'not compared: not selected' },
    ],
    advice: ['verify', 'backup'],
    badEnd: (files) => `${files} not the same`,
    noBadEnd: 'Everything that was compared is the same.',
    attempts: undefined,
    atOnce: 'Files at once',
  };
}

/** The kind of run that a report is of. */
export function kindOf({ target }: Pick<PageHead, 'target'>): PageKind {
  return target === undefined ? BACKUP : RESTORE;
}

/** How a file with this fate ended. A report of another version may have other fates. */
export function endingOf({ fates }: PageKind, fate: string): FateMeaning['ending'] {
  return fates.find((each) => each.fate === fate)?.ending ?? 'good';
}
