/** A key as a listing has it: the SDK leaves the decoding of `encoding-type=url` to its caller. */
export function decodedKey(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}
