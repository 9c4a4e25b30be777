import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  ConfigError,
  describeSettings,
  formatOrigin,
  type LoadedConfig,
  loadConfig,
  readAnswer,
  type SettingKey,
  type SettingLine,
  sampleConfig,
  settingOf,
} from '../config/index.ts';
import type { CliContext } from '../context.ts';

/** The configuration file that the answers make. It is loaded by the program's own rules before it is written. */
export class DraftConfig {
  /** Absolute path. */
  readonly file: string;
  readonly #context: CliContext;
  /** Whether a run finds the file only by `--config`. */
  readonly #isNamed: boolean;
  readonly #answers = new Map<SettingKey, unknown>();
  #usesProfile = false;

  /** @param name Path of the file. Default: `.backuprc` in the current folder, where a run finds it. */
  constructor(context: CliContext, name: string | undefined) {
    this.#context = context;
    this.#isNamed = name !== undefined;
    this.file = name === undefined ? join(resolve(context.cwd), '.backuprc') : resolve(context.cwd, name);
  }

  get text(): string {
    return sampleConfig(this.#answers);
  }

  /** The settings that are answered, as `status` shows them. */
  get lines(): SettingLine[] {
    return describeSettings(this.load()).filter(({ key }) => this.#answers.has(key as SettingKey));
  }

  get(key: SettingKey): unknown {
    return this.#answers.get(key);
  }

  /**
   * Takes the answer to a question.
   *
   * @param answer Undefined or '' for none: the default counts.
   * @returns undefined, or the reason why this answer cannot be used; the former one is then kept
   */
  take(key: SettingKey, answer: unknown): string | undefined {
    const former = this.#answers.get(key);
    const read = readAnswer(key, answer, this.#context);
    if ('problem' in read) return read.problem;
    this.#set(key, read.value);
    const problem = this.#contradiction() ?? this.#overruling(key);
    if (problem !== undefined) this.#set(key, former);
    return problem;
  }

  /** Forgets an answer, or takes one that is not the user's own. */
  assume(key: SettingKey, answer: unknown): void {
    this.#set(key, answer);
  }

  /**
   * Loads the configuration that a run would load if the file were written now, and makes the SDK use its profile.
   *
   * @throws ConfigError
   */
  load(): LoadedConfig {
    const { cwd, env, useProfile } = this.#context;
    const draft = { file: this.file, text: this.text };
    const configFile = this.#isNamed ? this.file : undefined;
    const config = loadConfig({ cwd, env, configFile, draft });
    const { profile } = config.settings.aws;
    this.#usesProfile ||= profile !== undefined;
    // A profile that was answered before must not stay in use.
    if (this.#usesProfile) useProfile(profile ?? 'default');
    return config;
  }

  #set(key: SettingKey, value: unknown): void {
    if (value === undefined || value === '') this.#answers.delete(key);
    else this.#answers.set(key, value);
  }

  /** What makes the answer contradict settings of other sources; undefined if nothing does. */
  #contradiction(): string | undefined {
    try {
      this.load();
      return undefined;
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.join('; ');
      throw error;
    }
  }

  /** Names the variable or file whose other value counts; undefined if the answer does. */
  #overruling(key: SettingKey): string | undefined {
    const config = this.load();
    const origin = config.origin(key);
    const { section, name } = settingOf(key);
    const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = config.settings;
    const isAnswer = isDeepStrictEqual(settings[section]?.[name], this.#answers.get(key));
    if (origin.kind === 'default' || origin.name === this.file || isAnswer) return undefined;
    const { value } = describeSettings(config).find((line) => line.key === key) ?? { value: '' };
    return `${formatOrigin(origin)} sets ${key} to ${value}, which counts: answer the same, or change it there and start again`;
  }
}
