import type { TestContext } from 'node:test';

/**
 * Gives the SDK this environment and nothing else of the machine's: no profiles, no metadata service. What was there
 * comes back after the test.
 */
export function useAwsEnvironment(t: TestContext, variables: Readonly<Record<string, string>>): void {
  const before = awsVariables();
  t.after(() => replace(before));
  replace({
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...variables,
  });
}

export const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' } as const;

function awsVariables(): Record<string, string> {
  const all = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'));
  return Object.fromEntries(all) as Record<string, string>;
}

function replace(variables: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(awsVariables())) delete process.env[name];
  Object.assign(process.env, variables);
}
