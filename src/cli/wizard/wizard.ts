import type { BackupOptions } from '../../backup/options.ts';
import { BackupError } from '../../core/errors.ts';
import { RunControl } from '../../flow/run-control.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { ConfigError, type FlagValues, type SettingKey, settingOf } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { guardedProbe } from '../session/guarded-probe.ts';
import { optionsEvenIfIncomplete, secretsOf } from '../session/options-from-settings.ts';
import { exitCodeOf } from '../session/stop-on-signals.ts';
import { bucketChecks } from '../status/bucket-checks.ts';
import type { Check } from '../status/check.ts';
import { sourceChecks } from '../status/source-checks.ts';
import { DraftConfig } from './draft-config.ts';
import { Cancelled, type ChoiceQuestion, type Prompts } from './prompts.ts';
import type { StoreKind } from './store-kinds.ts';
import type { WizardScreen } from './wizard-screen.ts';

/** The questions. */
export type StepName =
  | 'source'
  | 'store'
  | 'endpoint'
  | 'credentials'
  | 'region'
  | 'bucket'
  | 'prefix'
  | 'deletion';

/** What the command line says about the wizard. */
export interface WizardInput {
  /** Path of the file, or `-` for stdout. Default: `.backuprc` in the current folder. */
  readonly file: string | undefined;
  /** Whether an existing file is replaced. */
  readonly force: boolean;
  /** Whether every question that has a default gets it, and none is asked. */
  readonly yes: boolean;
  /** Whether answers are tried. */
  readonly check: boolean;
  /** Id of a kind of store. */
  readonly store: string | undefined;
  /** Settings that flags give. */
  readonly settings: FlagValues;
}

/** What the steps share: the draft, the user, and what was found out so far. */
export class Wizard {
  readonly context: CliContext;
  readonly input: WizardInput;
  readonly draft: DraftConfig;
  readonly screen: WizardScreen;
  /** Undefined if nothing may be asked. */
  readonly prompts: Prompts | undefined;
  /** Steps whose first answer did not work, so that they ask. */
  readonly repeated = new Set<StepName>();
  /** Steps that a flag has answered: they cannot be repeated. */
  readonly fixed = new Set<StepName>();
  /** The kind of store that was chosen. */
  store: StoreKind | undefined;
  /** The buckets that the credentials may list. */
  buckets: readonly string[] = [];
  /** The region that the store has asked for. */
  wantedRegion: string | undefined;
  /** Whether the chosen bucket may be listed as a whole. */
  isListed = false;
  /** Whether any question was asked. */
  hasAsked = false;
  readonly #stop = new AbortController();

  constructor(context: CliContext, input: WizardInput, prompts: Prompts | undefined, screen: WizardScreen) {
    this.context = context;
    this.input = input;
    this.prompts = prompts;
    this.draft = new DraftConfig(context, input.file === '-' ? undefined : input.file);
    this.screen = screen;
  }

  /** The options that a run would have with the answers so far. */
  get options(): BackupOptions {
    return { ...optionsEvenIfIncomplete(this.draft.load()), proxies: proxyVariables(this.context.env) };
  }

  /** The value of a setting that a flag gives; undefined if none does. */
  flag(key: SettingKey): unknown {
    return this.input.settings[key]?.value ?? undefined;
  }

  /**
   * Takes the value of a flag.
   *
   * @throws ConfigError `CONFIG_INVALID` if it cannot be used
   */
  takeFlag(step: StepName, key: SettingKey): void {
    this.fixed.add(step);
    this.take(key, this.flag(key));
  }

  /**
   * Takes a value that the user cannot correct here.
   *
   * @throws ConfigError `CONFIG_INVALID` if it cannot be used
   */
  take(key: SettingKey, value: unknown): void {
    const problem = this.draft.take(key, value);
    const { flag } = settingOf(key).info;
    if (problem !== undefined) throw new ConfigError('CONFIG_INVALID', [`${flag?.name}: ${key}: ${problem}`]);
  }

  /** The value that a setting has already: the former answer, or that of the environment or of another file. */
  initial(key: SettingKey): unknown {
    const config = this.draft.load();
    const { section, name } = settingOf(key);
    const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = config.settings;
    return config.origin(key).kind === 'default' ? undefined : settings[section]?.[name];
  }

  /** Why nothing is asked, if there are no prompts. */
  get whySilent(): string {
    return this.input.yes ? '--yes asks nothing' : 'there is no terminal to ask at';
  }

  /**
   * The prompts, for a question that has to be asked.
   *
   * @param flags The flags that answer it.
   * @throws BackupError `BAD_OPTION` if nothing may be asked
   */
  asking(flags: string): Prompts {
    this.hasAsked = true;
    if (this.prompts) return this.prompts;
    throw new BackupError('BAD_OPTION', `An answer is missing, and ${this.whySilent}: give ${flags}.`);
  }

  /**
   * Asks a question with a few answers, until the user chooses one that can be used.
   *
   * @param flags The flags that answer it.
   * @param problem Takes the answer, or says why it cannot be used.
   */
  async choose(
    flags: string,
    question: ChoiceQuestion,
    problem: (value: string) => string | undefined,
  ): Promise<void> {
    for (;;) {
      const reason = problem(await this.asking(flags).choose(question));
      if (reason === undefined) return;
      this.show([{ name: 'answer', passed: false, detail: reason }]);
    }
  }

  /** Shows the results of checks. */
  show(checks: readonly Check[]): void {
    this.screen.show(checks, secretsOf(this.draft.load().settings));
  }

  /** Shows on a terminal what is being done. */
  during<T>(what: string, work: () => Promise<T>): Promise<T> {
    return this.screen.during(what, work);
  }

  /** The checks of `status` that concern this machine. */
  sourceChecks(): Promise<Check[]> {
    return sourceChecks(this.options, this.draft.load());
  }

  /**
   * The checks of `status` that concern the store.
   *
   * @throws Cancelled if a signal stops them while a test object is in the bucket
   */
  async bucketChecks(writeProbe: boolean): Promise<Check[]> {
    const control = new RunControl(this.#stop.signal);
    const guarded = guardedProbe(this.context, this.#stop);
    const how = { writeProbe, probeFlag: '--no-check', control, guarded } as const;
    const config = this.draft.load();
    const { options } = this;
    const checks = await this.during('Trying the bucket', () => bucketChecks({ ...how, options, config }));
    control.close();
    if (this.#stop.signal.aborted) throw new Cancelled(exitCodeOf(this.#stop.signal.reason));
    return checks;
  }
}
