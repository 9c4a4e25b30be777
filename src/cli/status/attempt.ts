import { BackupError, messageOf } from '../../core/errors.ts';
import { fatalFrom, StoreError } from '../../s3/store-error.ts';
import { hintOf } from '../output/own-words.ts';
import type { Missing } from '../session/options-from-settings.ts';
import type { Check } from './check.ts';

/**
 * Makes a check of an action. The check passes if the action resolves.
 *
 * @param action Resolves to the detail of the check.
 * @param hint What to do about an error that has no hint of its own.
 */
export async function attempt(name: string, action: () => Promise<string>, hint?: string): Promise<Check> {
  try {
    return { name, passed: true, detail: await action() };
  } catch (error) {
    return failedCheck(name, error, hint);
  }
}

function failedCheck(name: string, error: unknown, hint: string | undefined): Check {
  const known = error instanceof StoreError ? (fatalFrom(error, '') ?? error) : error;
  if (!(known instanceof BackupError)) return { name, passed: false, detail: messageOf(error), hint };
  const { code } = known;
  // Of a request, the store's own words: which bucket it was is known.
  return {
    name,
    passed: false,
    detail: detailOf({ message: messageOf(error), code }),
    hint: hintOf(known),
    code,
  };
}

/** The message with its code, which docs/errors.md explains. */
export function detailOf({ message, code }: Pick<BackupError, 'message' | 'code'>): string {
  return `${message} [${code}]`;
}

/** A failed check for a missing setting; undefined if the setting is there. */
export function missingCheck(name: string, missing: Missing | undefined): Check | undefined {
  return missing && { name, passed: false, detail: missing.message, hint: missing.hint };
}

export function notTried(name: string): Check {
  return { name, passed: undefined, detail: 'not tried' };
}
