/** Header of each answer of the embedded endpoint: the folder of its objects, URI-encoded. */
export const EMBEDDED_FOLDER_HEADER = 'x-s3-backup-store';
