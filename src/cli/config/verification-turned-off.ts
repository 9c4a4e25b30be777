/** Warns if the environment tells Node.js to trust any certificate, which this program never does. */
export function verificationTurnedOff(env: NodeJS.ProcessEnv): string[] {
  const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
  if (env[name] !== '0') return [];
  return [
    `environment ${name}: is ignored, and certificates are verified; for a private CA set aws.ca_bundle`,
  ];
}
