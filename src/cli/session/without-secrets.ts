import { isSecretVariable } from '../config/sources/environment-layers.ts';

/** Secrets that other programs put into an environment. Those that are settings are found by their settings. */
const OTHER_SECRETS: ReadonlySet<string> = new Set([
  'AWS_SECURITY_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
]);

/** Copies an environment without its secrets, for a command that needs none of them. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(([name]) => !isSecretVariable(name) && !OTHER_SECRETS.has(name));
  return Object.fromEntries(passed);
}
