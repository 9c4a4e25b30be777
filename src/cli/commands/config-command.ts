import { Command } from 'clipanion';
import { type FlagValues, type LoadedConfig, loadConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** The flags of every command that reads the configuration. */
export abstract class ConfigCommand extends Command<CliContext> {
  config = Option.String('--config,-c', { description: 'a configuration file: YAML, JSON or INI' });
  trustConfig = Option.Boolean('--trust-config', false, {
    description: 'trust the named configuration file, whoever may write to it; not with deletion on',
  });
  bucket = Option.String('--bucket', { description: 'the bucket' });
  prefix = Option.String('--prefix', { description: 'what every key begins with' });
  endpointUrl = Option.String('--endpoint-url', { description: 'an S3-compatible store instead of AWS' });
  region = Option.String('--region', { description: 'region of the bucket' });
  profile = Option.String('--profile', { description: 'a profile of ~/.aws/config' });

  /** What the flags of this command set, by the setting that they stand for. */
  protected flags(): FlagValues {
    return {
      's3.bucket_name': { value: this.bucket, flag: '--bucket' },
      's3.prefix': { value: this.prefix, flag: '--prefix' },
      'aws.endpoint_url': { value: this.endpointUrl, flag: '--endpoint-url' },
      'aws.region': { value: this.region, flag: '--region' },
      'aws.profile': { value: this.profile, flag: '--profile' },
    };
  }

  /** @throws ConfigError */
  load(): LoadedConfig {
    const { cwd, env, useProfile } = this.context;
    const { config: configFile, trustConfig } = this;
    const config = loadConfig({ cwd, env, configFile, trustConfig, flags: this.flags() });
    const { profile } = config.settings.aws;
    if (profile !== undefined) useProfile(profile);
    return config;
  }
}
