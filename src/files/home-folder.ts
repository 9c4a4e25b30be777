import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/**
 * The home folder that the system knows of the user, whatever HOME says.
 *
 * @returns undefined if it does not know the user, as in a container with any number for a user
 */
export function knownHome(): string | undefined {
  try {
    return absolute(userInfo().homedir);
  } catch {
    return undefined;
  }
}

/**
 * Has everything in this process that looks for a home folder find one, if HOME is missing, empty or relative: the AWS SDK looks for
 * ~/.aws even if it has keys already, and without a home folder it fails, or reads `.aws` in the current folder, which
 * may be another user's. If the system knows none either, HOME becomes a place below which no file can be.
 */
export function requireHomeFolder(): void {
  if (process.platform === 'win32' || hasHomeFolder()) return;
  process.env.HOME = knownHome() ?? '/dev/null';
}

function hasHomeFolder(): boolean {
  try {
    return absolute(homedir()) !== undefined;
  } catch {
    return false;
  }
}

function absolute(folder: string): string | undefined {
  return isAbsolute(folder) ? folder : undefined;
}
