import { Command } from 'clipanion';
import { DEFAULTS } from '../../core/defaults.ts';
import type { ExitCodes } from '../../core/exit-codes.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';
import { flagValues, settingFlag } from './setting-flag.ts';

/**
 * The flags of each command that reads the configuration. A command declares the flag of a setting as a property made by
 * `settingFlag`.
 */
export abstract class ConfigCommand extends Command<CliContext> {
  config = Option.String('--config,-c', { description: 'configuration file: YAML, JSON or INI' });
  trustConfig = Option.Boolean('--trust-config', false, {
    description: 'use the configuration file even if others may write to it; not with deletion on',
  });
  bucket = settingFlag('s3.bucket_name');
  prefix = settingFlag('s3.prefix');
  endpointUrl = settingFlag('aws.endpoint_url');
  region = settingFlag('aws.region');
  profile = settingFlag('aws.profile');

  /** The exit codes of an error that ends this command: those of the configuration once it is loaded. */
  exitCodes: ExitCodes = DEFAULTS.exitCodes;

  /**
   * Loads the configuration with the flags of this command, and makes the SDK use its profile.
   *
   * @throws ConfigError
   */
  async load(): Promise<LoadedConfig> {
    // Loaded only if it is needed: the parsers take longer to load than help takes to print.
    const { loadConfig } = await import('../config/load-config.ts');
    const { cwd, env, useProfile } = this.context;
    const { config: configFile, trustConfig } = this;
    const config = loadConfig({ cwd, env, configFile, trustConfig, flags: flagValues(this) });
    const { profile } = config.settings.aws;
    if (profile !== undefined) useProfile(profile);
    this.exitCodes = config.settings.report.exit_codes;
    return config;
  }

  /**
   * Loads the configuration for the work on a plan. The engine that has started it tells by exit code 75 whether to try again,
   * so that is on, whatever the setting says.
   *
   * @throws ConfigError
   */
  async loadForPlan(): Promise<LoadedConfig> {
    const config = await this.load();
    const { settings } = config;
    this.exitCodes = 'temporary';
    return {
      ...config,
      settings: { ...settings, report: { ...settings.report, exit_codes: this.exitCodes } },
    };
  }
}
