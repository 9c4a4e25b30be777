/** The embedded endpoint says in this header of each answer where it keeps its objects, URI-encoded. */
export const EMBEDDED_FOLDER_HEADER = 'x-s3-backup-store';
