/** A warning where the environment tells Node.js to trust any certificate, which this program does not do. */
export function verificationTurnedOff(env: NodeJS.ProcessEnv): string[] {
  const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
  if (env[name] !== '0') return [];
  return [`environment ${name}: certificates are verified all the same; for a private CA set aws.ca_bundle`];
}
