/** What a fate means, for a backup and for a restore, in the order of the page. */
export const FATE_MEANINGS: {
  readonly [kind in 'backup' | 'restore']: readonly (readonly [fate: string, meaning: string])[];
} = {
  backup: [
    ['failed', 'not uploaded, not proved, or not deleted although that was asked for'],
    ['deleted', 'proved to be in S3, and deleted here'],
    ['kept', 'proved to be in S3, and kept here'],
    ['unchanged', 'already in S3'],
    ['skipped', 'not selected'],
  ],
  restore: [
    ['failed', 'not restored'],
    ['requested', 'archived; S3 was asked for it'],
    ['restored', 'read, proved, and written here'],
    ['unchanged', 'here already with this content'],
    ['skipped', 'not wanted'],
  ],
};
