/** Names of stdout. The summary for the user must not go to the same place as a report or events. */
const STDOUT: ReadonlySet<string> = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', 'fd:1']);

export function isStdout(output: string): boolean {
  return STDOUT.has(output);
}
