import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/**
 * The home folder that the system has for the user, whatever HOME says.
 *
 * @returns undefined if the system does not know the user, as in a container that runs with any user number
 */
export function knownHome(): string | undefined {
  try {
    return absolute(userInfo().homedir);
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that everything in this process finds a home folder, if HOME is missing, empty or relative. The AWS SDK looks for
 * ~/.aws even if it has keys; without a home folder it fails, or reads `.aws` in the current folder, which another user may
 * control. If the system knows no home folder either, HOME becomes a path below which no file can exist.
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
